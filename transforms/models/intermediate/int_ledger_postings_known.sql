-- Grain: one row per posting on a party's account, seller's receivable or buyer's payable, known by the as-of day.
-- amount_paisa is signed as in its book: a payable is negative. Both books are cut by the seller's time zone and
-- by the seller's document date, so that a mirror stands or falls with its original.
with postings as (

    select
        postings.transaction_id,
        postings.line_no,
        postings.account_id,
        postings.amount_paisa,
        postings.currency,
        accounts.code,
        transactions.source,
        transactions.source_id,
        transactions.effective_date,
        transactions.recorded_at,
        case when accounts.code = 'receivable' then accounts.business_id else accounts.party_id end as vendor_id,
        case when accounts.code = 'receivable' then accounts.party_id else accounts.business_id end as retailer_id
    from {{ ref('stg_app__postings') }} as postings
    inner join {{ ref('stg_app__accounts') }} as accounts
        on postings.account_id = accounts.account_id
    inner join {{ ref('stg_app__ledger_transactions') }} as transactions
        on postings.transaction_id = transactions.transaction_id
    where accounts.code in ('receivable', 'payable')

), known as (

    select
        postings.transaction_id,
        postings.line_no,
        postings.account_id,
        postings.code,
        postings.vendor_id,
        postings.retailer_id,
        vendors.origin,
        postings.currency,
        postings.source,
        postings.source_id,
        postings.amount_paisa,
        postings.effective_date
    from postings
    inner join {{ ref('int_businesses_known') }} as vendors
        on postings.vendor_id = vendors.business_id
    left join {{ ref('stg_app__ledger_transactions') }} as originals
        on
            postings.code = 'payable'
            and postings.vendor_id = originals.business_id
            and postings.source = originals.source
            and postings.source_id = originals.source_id
    where
        postings.recorded_at < vendors.known_before
        and coalesce(originals.effective_date, postings.effective_date) <= {{ as_of() }}

)

select * from known
