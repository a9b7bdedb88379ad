-- Grain: one row per item and day as whose end another amount of it was in dispute than as the day before ended.
-- disputed_delta_paisa adds up to what disputes that last mark of the item, less what credit notes gave back since.
-- commerce/credit/queries.py says the same as of a moment (DISPUTED): a test holds the two together.
with marks as (

    select
        marks.item_id,
        marks.dispute_id,
        marks.amount_paisa,
        disputes.opened_at,
        disputes.credit_note_id,
        {{ business_date('disputes.opened_at', 'items.time_zone') }} as opened_date,
        case
            when disputes.settled_at < items.known_before
                then {{ business_date('disputes.settled_at', 'items.time_zone') }}
            else {{ end_of_time() }}
        end as settled_date
    from {{ ref('stg_app__disputed_items') }} as marks
    inner join {{ ref('stg_app__disputes') }} as disputes
        on marks.dispute_id = disputes.dispute_id
    inner join {{ ref('int_receivable_items_known') }} as items
        on marks.item_id = items.item_id
    where disputes.opened_at < items.known_before

), notes as (

    select
        allocations.debit_item_id as item_id,
        credits.source_id as credit_note_id,
        allocations.amount_paisa,
        allocations.recorded_at,
        {{ business_date('allocations.recorded_at', 'credits.time_zone') }} as recorded_date
    from {{ ref('stg_app__allocations') }} as allocations
    inner join {{ ref('int_receivable_items_known') }} as credits
        on allocations.credit_item_id = credits.item_id
    where
        credits.kind = 'credit_note'
        and allocations.recorded_at < credits.known_before
        and allocations.debit_item_id in (select marks.item_id from marks)

), days as (

    select
        item_id,
        opened_date as changed_date
    from marks
    union distinct
    select
        item_id,
        settled_date as changed_date
    from marks
    where settled_date < {{ end_of_time() }}
    union distinct
    select
        item_id,
        recorded_date as changed_date
    from notes

), lasting as (

    -- A note that has settled a dispute of the item counts for no other.
    select
        days.item_id,
        days.changed_date,
        marks.dispute_id,
        marks.opened_at,
        marks.amount_paisa,
        coalesce(sum(notes.amount_paisa) filter (where ended.dispute_id is null), 0) as credited_paisa
    from days
    inner join marks
        on
            days.item_id = marks.item_id
            and days.changed_date >= marks.opened_date
            and days.changed_date < marks.settled_date
    left join notes
        on
            days.item_id = notes.item_id
            and days.changed_date >= notes.recorded_date
            and marks.opened_at <= notes.recorded_at
    left join marks as ended
        on
            notes.item_id = ended.item_id
            and notes.credit_note_id = ended.credit_note_id
            and days.changed_date >= ended.settled_date
    group by days.item_id, days.changed_date, marks.dispute_id, marks.opened_at, marks.amount_paisa

), lasting_since as (

    select
        item_id,
        changed_date,
        credited_paisa,
        sum(amount_paisa) over (
            partition by item_id, changed_date order by opened_at desc, dispute_id desc
        ) as since_paisa
    from lasting

), levels as (

    -- Credit notes lessen the oldest disputes first.
    select
        days.item_id,
        days.changed_date,
        greatest(coalesce(max(lasting_since.since_paisa - lasting_since.credited_paisa), 0), 0) as disputed_paisa
    from days
    left join lasting_since
        on days.item_id = lasting_since.item_id and days.changed_date = lasting_since.changed_date
    group by days.item_id, days.changed_date

), changes as (

    select
        item_id,
        changed_date,
        disputed_paisa
        - lag(disputed_paisa, 1, 0) over (partition by item_id order by changed_date) as disputed_delta_paisa
    from levels

)

select * from changes
where disputed_delta_paisa <> 0
