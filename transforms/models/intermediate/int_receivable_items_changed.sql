-- Grain: one row per thing that changed the open amount of an item: its document, or a settlement of it.
-- delta_paisa is signed like the item. A settlement takes effect once both documents stand, so that the sum
-- over all items of an account is the ledger's balance on every day, whatever was allocated.
with items as (

    select * from {{ ref('int_receivable_items_known') }}

), settlements as (

    select
        allocations.credit_item_id,
        allocations.debit_item_id,
        allocations.amount_paisa,
        greatest(allocations.effective_date, credits.document_date, debits.document_date) as changed_date
    from {{ ref('stg_app__allocations') }} as allocations
    inner join items as credits
        on allocations.credit_item_id = credits.item_id
    inner join items as debits
        on allocations.debit_item_id = debits.item_id
    where
        allocations.recorded_at < credits.known_before
        and allocations.effective_date <= {{ as_of() }}

), changes as (

    select
        item_id,
        document_date as changed_date,
        amount_paisa as delta_paisa
    from items
    union all
    select
        debit_item_id as item_id,
        changed_date,
        -amount_paisa as delta_paisa
    from settlements
    union all
    select
        credit_item_id as item_id,
        changed_date,
        amount_paisa as delta_paisa
    from settlements

)

select * from changes
