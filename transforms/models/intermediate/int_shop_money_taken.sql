-- Grain: one row per money that a shop took from a customer, or from nobody by name, known by the as-of day.
-- amount_paisa is negative for what was given back or bounced.
with tenders as (

    select
        tenders.tender_id as money_id,
        tenders.business_id as shop_id,
        shops.origin,
        tenders.currency,
        tenders.mode,
        tenders.amount_paisa,
        tenders.taken_date as business_date
    from {{ ref('stg_app__bill_tenders') }} as tenders
    inner join {{ ref('int_businesses_known') }} as shops
        on tenders.business_id = shops.business_id
    where tenders.recorded_at < shops.known_before and tenders.taken_date <= {{ as_of() }}

), entries as (

    -- Of a khata: payments, and what undoes one, which bears its mode.
    select
        entries.entry_id as money_id,
        entries.business_id as shop_id,
        shops.origin,
        entries.currency,
        entries.mode,
        -entries.amount_paisa as amount_paisa,
        entries.entered_date as business_date
    from {{ ref('stg_app__khata_entries') }} as entries
    inner join {{ ref('int_businesses_known') }} as shops
        on entries.business_id = shops.business_id
    where
        entries.mode is not null
        and entries.recorded_at < shops.known_before
        and entries.entered_date <= {{ as_of() }}

), taken as (

    select * from tenders
    union all
    select * from entries

)

select * from taken
