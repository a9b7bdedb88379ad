-- Fails if an account's open items differ from its postings, because the mart would then show a debt that the
-- ledger does not know, or hide one that it does.
with ledger as (

    select
        account_id,
        {{ sum_paisa('amount_paisa') }} as ledger_paisa
    from {{ ref('int_ledger_postings_known') }}
    where code = 'receivable'
    group by account_id

), mart as (

    select
        account_id,
        {{ sum_paisa('open_paisa') }} as mart_paisa
    from {{ ref('fct_receivable_balance') }}
    where valid_to = {{ end_of_time() }}
    group by account_id

)

select
    coalesce(ledger.account_id, mart.account_id) as account_id,
    ledger.ledger_paisa,
    mart.mart_paisa
from ledger
full outer join mart
    on ledger.account_id = mart.account_id
where coalesce(ledger.ledger_paisa, 0) <> coalesce(mart.mart_paisa, 0)
