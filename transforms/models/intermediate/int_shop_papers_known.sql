-- Grain: one row per bill of a shop, credit note of one, or cancellation of one, known by the as-of day.
-- sign is what the amounts of the paper count for on that day: a note and a cancellation take away. A day that is over
-- keeps its figures: who cancels a bill later takes it away from the day on which they do.
with papers as (

    select
        invoices.invoice_id as paper_id,
        case when invoices.kind = 'credit_note' then 'credit_note' else 'bill' end as movement,
        case when invoices.kind = 'credit_note' then -1 else 1 end as sign,
        invoices.vendor_id as shop_id,
        invoices.customer_id,
        shops.origin,
        invoices.currency,
        invoices.document_date as business_date,
        invoices.taxable_paisa,
        invoices.tax_paisa,
        invoices.total_paisa,
        invoices.discount_paisa,
        invoices.round_off_paisa
    from {{ ref('stg_app__invoices') }} as invoices
    inner join {{ ref('int_businesses_known') }} as shops
        on invoices.vendor_id = shops.business_id
    where
        invoices.order_id is null
        and invoices.issued_at < shops.known_before
        and invoices.document_date <= {{ as_of() }}

), cancellations as (

    select
        papers.paper_id,
        'cancellation' as movement,
        -papers.sign as sign,
        papers.shop_id,
        papers.customer_id,
        papers.origin,
        papers.currency,
        cancelled.cancelled_date as business_date,
        papers.taxable_paisa,
        papers.tax_paisa,
        papers.total_paisa,
        papers.discount_paisa,
        papers.round_off_paisa
    from papers
    inner join {{ ref('stg_app__bill_cancellations') }} as cancelled
        on papers.paper_id = cancelled.invoice_id
    inner join {{ ref('int_businesses_known') }} as shops
        on papers.shop_id = shops.business_id
    where cancelled.cancelled_at < shops.known_before and cancelled.cancelled_date <= {{ as_of() }}

), known as (

    select * from papers
    union all
    select * from cancellations

)

select * from known
