-- Fails if what was delivered or taken back on a day differs between daily sales and the documents, because the
-- executive figures are read from the one and invoices from the other.
with daily as (

    select
        business_date,
        vendor_id,
        currency,
        sum(delivered_paisa) as delivered_paisa,
        sum(returned_paisa) as returned_paisa
    from {{ ref('fct_daily_sales') }}
    group by business_date, vendor_id, currency

), documents as (

    select
        deliveries.document_date as business_date,
        deliveries.vendor_id,
        deliveries.currency,
        sum(deliveries.total_paisa) filter (where deliveries.kind = 'delivery') as delivered_paisa,
        sum(deliveries.total_paisa) filter (where deliveries.kind = 'return') as returned_paisa
    from {{ ref('stg_app__deliveries') }} as deliveries
    inner join {{ ref('int_businesses_known') }} as vendors
        on deliveries.vendor_id = vendors.business_id
    where deliveries.recorded_at < vendors.known_before and deliveries.document_date <= {{ as_of() }}
    group by deliveries.document_date, deliveries.vendor_id, deliveries.currency

)

select
    coalesce(daily.business_date, documents.business_date) as business_date,
    coalesce(daily.vendor_id, documents.vendor_id) as vendor_id,
    daily.delivered_paisa as daily_paisa,
    documents.delivered_paisa
from daily
full outer join documents
    on
        daily.business_date = documents.business_date
        and daily.vendor_id = documents.vendor_id
        and daily.currency = documents.currency
where
    coalesce(daily.delivered_paisa, 0) <> coalesce(documents.delivered_paisa, 0)
    or coalesce(daily.returned_paisa, 0) <> coalesce(documents.returned_paisa, 0)
