-- Grain: one row per item of a khata and interval of days on which what was open of it stood still.
-- open_paisa is a level, signed: debts are positive, what was paid ahead negative. Sum it over the items of one day
-- (valid_from <= day < valid_to), never across days. A settlement takes effect once both documents stand.
with items as (

    select * from {{ ref('int_khata_items_known') }}

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

), daily as (

    select
        item_id,
        changed_date,
        sum(delta_paisa) as delta_paisa
    from changes
    group by item_id, changed_date

), levels as (

    select
        item_id,
        changed_date as valid_from,
        coalesce(lead(changed_date) over (partition by item_id order by changed_date), {{ end_of_time() }}) as valid_to,
        cast(sum(delta_paisa) over (partition by item_id order by changed_date) as bigint) as open_paisa
    from daily

), intervals as (

    select
        items.item_id,
        levels.valid_from,
        levels.valid_to,
        items.shop_id,
        items.customer_id,
        items.origin,
        items.currency,
        items.amount_paisa > 0 as is_debit,
        items.due_date,
        levels.open_paisa
    from levels
    inner join items
        on levels.item_id = items.item_id

)

select * from intervals
