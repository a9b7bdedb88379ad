-- Grain: one row per vendor and product on offer at the end of the as-of day, in the vendor's cheapest unit.
-- Prices without tax are not compared with prices that hold it.
-- A market price is shown from five sellers on: below that it would give away a rival's.
with ranked as (

    select
        offers.*,
        vendors.origin,
        row_number() over (
            partition by offers.vendor_id, offers.product_id, offers.unit
            order by offers.valid_from desc, offers.offer_id desc
        ) as recency
    from {{ ref('stg_app__offers') }} as offers
    inner join {{ ref('int_businesses_known') }} as vendors
        on offers.vendor_id = vendors.business_id
    where offers.valid_from < vendors.known_before

), priced as (

    select
        ranked.vendor_id,
        ranked.product_id,
        ranked.origin,
        ranked.currency,
        min(ranked.unit_price / units.base_quantity) as base_unit_price
    from ranked
    inner join {{ ref('int_product_units_completed') }} as units
        on ranked.product_id = units.product_id and ranked.unit = units.unit
    where ranked.recency = 1 and ranked.is_listed and ranked.is_tax_inclusive
    group by ranked.vendor_id, ranked.product_id, ranked.origin, ranked.currency

), market as (

    select
        product_id,
        origin,
        currency,
        count(*) as sellers,
        percentile_cont(0.5) within group (order by base_unit_price) as median_base_unit_price
    from priced
    group by product_id, origin, currency

), compared as (

    select
        priced.vendor_id,
        priced.product_id,
        priced.origin,
        priced.currency,
        cast(priced.base_unit_price as numeric(18, 6)) as base_unit_price,
        market.sellers,
        case
            when market.sellers >= 5 and market.median_base_unit_price > 0
                then cast(priced.base_unit_price / market.median_base_unit_price as numeric(18, 6))
        end as price_ratio
    from priced
    inner join market
        on
            priced.product_id = market.product_id
            and priced.origin = market.origin
            and priced.currency = market.currency

)

select * from compared
