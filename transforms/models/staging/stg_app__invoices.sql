-- Grain: one row per invoice of a delivery, bill of a shop, or credit note. Amounts are positive, those of notes too.
with source as (

    select * from {{ source('app', 'invoices') }}

), renamed as (

    select
        cast(id as text) as invoice_id,
        kind,
        cast(vendor_id as text) as vendor_id,
        cast(retailer_id as text) as retailer_id,
        cast(order_id as text) as order_id,
        cast(customer_id as text) as customer_id,
        cast(original_id as text) as original_id,
        document_date,
        currency,
        taxable_paisa,
        tax_paisa,
        total_paisa,
        discount_paisa,
        round_off_paisa,
        issued_at
    from source

)

select * from renamed
