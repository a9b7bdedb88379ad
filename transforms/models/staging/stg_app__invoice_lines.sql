-- Grain: one row per line of an invoice, bill or credit note.
with source as (

    select * from {{ source('app', 'invoice_lines') }}

), renamed as (

    select
        cast(invoice_id as text) as invoice_id,
        line_no,
        cast(product_id as text) as product_id,
        unit,
        quantity,
        unit_price,
        discount_paisa,
        supply,
        rate as tax_rate,
        taxable_paisa,
        total_paisa - taxable_paisa as tax_paisa,
        total_paisa
    from source

)

select * from renamed
