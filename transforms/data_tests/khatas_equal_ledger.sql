-- Fails if a khata's items differ from its postings, because the mart would then show a debt that the shop's book does
-- not know, or hide one that it does.
with ledger as (

    select
        postings.account_id,
        {{ sum_paisa('postings.amount_paisa') }} as ledger_paisa
    from {{ ref('stg_app__postings') }} as postings
    inner join {{ ref('stg_app__ledger_transactions') }} as transactions
        on postings.transaction_id = transactions.transaction_id
    inner join {{ ref('stg_app__customers') }} as customers
        on postings.account_id = customers.account_id
    inner join {{ ref('int_businesses_known') }} as shops
        on customers.business_id = shops.business_id
    where transactions.recorded_at < shops.known_before and transactions.effective_date <= {{ as_of() }}
    group by postings.account_id

), items as (

    select
        account_id,
        {{ sum_paisa('amount_paisa') }} as items_paisa
    from {{ ref('int_khata_items_known') }}
    group by account_id

)

select
    coalesce(ledger.account_id, items.account_id) as account_id,
    ledger.ledger_paisa,
    items.items_paisa
from ledger
full outer join items
    on ledger.account_id = items.account_id
where coalesce(ledger.ledger_paisa, 0) <> coalesce(items.items_paisa, 0)
