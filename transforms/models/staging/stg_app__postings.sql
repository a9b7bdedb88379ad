-- Grain: one row per posting: an amount on an account, debit positive.
with source as (

    select * from {{ source('app', 'postings') }}

), renamed as (

    select
        cast(transaction_id as text) as transaction_id,
        line_no,
        cast(business_id as text) as business_id,
        cast(account_id as text) as account_id,
        amount_paisa,
        currency
    from source

)

select * from renamed
