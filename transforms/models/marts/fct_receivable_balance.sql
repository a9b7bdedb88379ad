-- Grain: one row per item of a receivable and interval of days on which what was open of it, and what of that was in
-- dispute, stood still.
-- open_paisa is a level, signed: debts are positive, unallocated credit negative. Sum it over the items of one
-- day (valid_from <= day < valid_to), never across days. Days past due are day - due_date, for the day asked, of what
-- is open and not in dispute.
-- Intervals in which nothing is open are kept: they say when an item was settled.
with changes as (

    select
        item_id,
        changed_date,
        delta_paisa,
        0 as disputed_delta_paisa
    from {{ ref('int_receivable_items_changed') }}
    union all
    select
        item_id,
        changed_date,
        0 as delta_paisa,
        disputed_delta_paisa
    from {{ ref('int_receivable_items_disputed') }}

), daily as (

    select
        item_id,
        changed_date,
        sum(delta_paisa) as delta_paisa,
        sum(disputed_delta_paisa) as disputed_delta_paisa
    from changes
    group by item_id, changed_date

), levels as (

    select
        item_id,
        changed_date as valid_from,
        coalesce(lead(changed_date) over (partition by item_id order by changed_date), {{ end_of_time() }}) as valid_to,
        cast(sum(delta_paisa) over (partition by item_id order by changed_date) as bigint) as open_paisa,
        cast(sum(disputed_delta_paisa) over (partition by item_id order by changed_date) as bigint) as marked_paisa
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
        levels.open_paisa,
        greatest(least(levels.open_paisa, levels.marked_paisa), 0) as disputed_paisa
    from levels
    inner join {{ ref('int_receivable_items_known') }} as items
        on levels.item_id = items.item_id

)

select * from intervals
