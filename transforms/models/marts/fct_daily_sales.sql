-- Grain: one row per vendor, product, currency and business day on which something was asked for, ordered,
-- delivered or returned, or whose shelf was empty at opening. Quantities are in the product's base unit.
-- Orders count on the day they were placed, deliveries and returns on the day of their document.
with events as (

    select
        vendor_id,
        product_id,
        origin,
        currency,
        order_date as business_date,
        asked_quantity * base_quantity as asked_units,
        ordered_quantity * base_quantity as ordered_units,
        0 as refused_units,
        0 as delivered_units,
        0 as returned_units,
        ordered_paisa,
        0 as delivered_paisa,
        0 as returned_paisa,
        ordered_quantity < asked_quantity as is_request_cut,
        false as is_stocked_out
    from {{ ref('fct_order_lines') }}
    union all
    select
        vendor_id,
        product_id,
        origin,
        currency,
        document_date as business_date,
        0 as asked_units,
        0 as ordered_units,
        0 as refused_units,
        case when kind = 'delivery' then base_units else 0 end as delivered_units,
        case when kind = 'return' then base_units else 0 end as returned_units,
        0 as ordered_paisa,
        case when kind = 'delivery' then amount_paisa else 0 end as delivered_paisa,
        case when kind = 'return' then amount_paisa else 0 end as returned_paisa,
        false as is_request_cut,
        false as is_stocked_out
    from {{ ref('int_delivery_lines_known') }}
    union all
    select
        vendor_id,
        product_id,
        origin,
        currency,
        business_date,
        refused_units as asked_units,
        0 as ordered_units,
        refused_units,
        0 as delivered_units,
        0 as returned_units,
        0 as ordered_paisa,
        0 as delivered_paisa,
        0 as returned_paisa,
        true as is_request_cut,
        false as is_stocked_out
    from {{ ref('int_requests_refused') }}
    union all
    select
        vendor_id,
        product_id,
        origin,
        currency,
        business_date,
        0 as asked_units,
        0 as ordered_units,
        0 as refused_units,
        0 as delivered_units,
        0 as returned_units,
        0 as ordered_paisa,
        0 as delivered_paisa,
        0 as returned_paisa,
        false as is_request_cut,
        true as is_stocked_out
    from {{ ref('int_stock_outs_dated') }}

), daily as (

    select
        business_date,
        vendor_id,
        product_id,
        origin,
        currency,
        cast(sum(asked_units) as numeric(18, 3)) as asked_units,
        cast(sum(refused_units) as numeric(18, 3)) as refused_units,
        cast(sum(ordered_units) as numeric(18, 3)) as ordered_units,
        cast(sum(delivered_units) as numeric(18, 3)) as delivered_units,
        cast(sum(returned_units) as numeric(18, 3)) as returned_units,
        {{ sum_paisa('ordered_paisa') }} as ordered_paisa,
        {{ sum_paisa('delivered_paisa') }} as delivered_paisa,
        {{ sum_paisa('returned_paisa') }} as returned_paisa,
        max(case when is_request_cut then 1 else 0 end) = 1 as is_request_cut,
        max(case when is_stocked_out then 1 else 0 end) = 1 as is_stocked_out
    from events
    group by business_date, vendor_id, product_id, origin, currency

), final as (

    select
        *,
        is_request_cut or is_stocked_out as is_censored
    from daily

)

select * from final
