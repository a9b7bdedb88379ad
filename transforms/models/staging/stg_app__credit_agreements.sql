-- Grain: one row per agreement of a vendor to sell to a retailer on credit.
with source as (

    select * from {{ source('app', 'credit_agreements') }}

), renamed as (

    select
        cast(id as text) as agreement_id,
        cast(vendor_id as text) as vendor_id,
        cast(retailer_id as text) as retailer_id,
        currency,
        cast(receivable_account_id as text) as receivable_account_id,
        cast(payable_account_id as text) as payable_account_id,
        agreed_at
    from source

)

select * from renamed
