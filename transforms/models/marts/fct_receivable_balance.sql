-- Grain: one row per item of a receivable and interval of days on which its open amount stood still.
-- open_paisa is a level, signed: debts are positive, unallocated credit negative. Sum it over the items of one
-- day (valid_from <= day < valid_to), never across days. Days past due are day - due_date, for the day asked.
-- Intervals in which nothing is open are kept: they say when an item was settled.
with daily as (

    select
        item_id,
        changed_date,
        sum(delta_paisa) as delta_paisa
    from {{ ref('int_receivable_items_changed') }}
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
        items.account_id,
        items.vendor_id,
        items.retailer_id,
        items.origin,
        items.currency,
        items.kind,
        items.amount_paisa > 0 as is_debit,
        items.is_assumed,
        items.order_id,
        items.document_date,
        items.due_date,
        items.amount_paisa,
        levels.open_paisa
    from levels
    inner join {{ ref('int_receivable_items_known') }} as items
        on levels.item_id = items.item_id

)

select * from intervals
