-- Grain: one row per shop and business day on which it billed, was paid, or a khata moved, up to the as-of day.
-- outstanding_paisa is a closing level: never sum it across days. customers counts distinct people: it adds up over
-- nothing. The change of outstanding_paisa is khata_given_paisa - khata_collected_paisa + khata_other_paisa.
with bills as (

    select
        shop_id,
        origin,
        currency,
        business_date,
        count(*) filter (where movement = 'bill') as bills,
        count(*) filter (where movement = 'bill' and customer_id is null) as counter_bills,
        count(*) filter (where movement = 'credit_note') as credit_notes,
        count(*) filter (where movement = 'cancellation') as cancellations,
        count(distinct customer_id) filter (where movement = 'bill') as customers,
        {{ sum_paisa('payable_paisa') }} as sales_paisa,
        {{ sum_paisa('taxable_paisa') }} as taxable_paisa,
        {{ sum_paisa('tax_paisa') }} as tax_paisa,
        {{ sum_paisa('discount_paisa') }} as discount_paisa
    from {{ ref('fct_shop_bills') }}
    group by shop_id, origin, currency, business_date

), goods as (

    select
        shop_id,
        currency,
        business_date,
        product_id,
        {{ sum_paisa('total_paisa') }} as total_paisa
    from {{ ref('fct_shop_sales') }}
    group by shop_id, currency, business_date, product_id

), top_goods as (

    select
        *,
        row_number() over (
            partition by shop_id, currency, business_date order by total_paisa desc, product_id asc
        ) as place
    from goods
    where total_paisa > 0

), money as (

    select
        shop_id,
        origin,
        currency,
        business_date,
        {{ sum_paisa('amount_paisa') }} as paid_paisa,
        {{ sum_paisa('amount_paisa', "mode = 'cash'") }} as paid_cash_paisa,
        {{ sum_paisa('amount_paisa', "mode = 'upi'") }} as paid_upi_paisa,
        {{ sum_paisa('amount_paisa', "mode = 'card'") }} as paid_card_paisa,
        {{ sum_paisa('amount_paisa', "mode = 'bank'") }} as paid_bank_paisa,
        {{ sum_paisa('amount_paisa', "mode = 'cheque'") }} as paid_cheque_paisa
    from {{ ref('int_shop_money_taken') }}
    group by shop_id, origin, currency, business_date

), khatas as (

    select
        shop_id,
        origin,
        currency,
        document_date as business_date,
        {{ sum_paisa('amount_paisa') }} as moved_paisa,
        {{ sum_paisa('amount_paisa', "kind = 'charge'") }} as given_paisa,
        {{ sum_paisa('-amount_paisa', "kind in ('payment', 'bounce')") }} as collected_paisa,
        {{ sum_paisa('amount_paisa', "kind not in ('charge', 'payment', 'bounce')") }} as other_paisa
    from {{ ref('int_khata_items_known') }}
    group by shop_id, origin, currency, document_date

), days as (

    select
        shop_id,
        origin,
        currency,
        business_date
    from bills
    union distinct
    select
        shop_id,
        origin,
        currency,
        business_date
    from money
    union distinct
    select
        shop_id,
        origin,
        currency,
        business_date
    from khatas

), final as (

    select
        days.shop_id,
        days.business_date,
        days.origin,
        days.currency,
        coalesce(bills.bills, 0) as bills,
        coalesce(bills.counter_bills, 0) as counter_bills,
        coalesce(bills.credit_notes, 0) as credit_notes,
        coalesce(bills.cancellations, 0) as cancellations,
        coalesce(bills.customers, 0) as customers,
        coalesce(bills.sales_paisa, 0) as sales_paisa,
        coalesce(bills.taxable_paisa, 0) as taxable_paisa,
        coalesce(bills.tax_paisa, 0) as tax_paisa,
        coalesce(bills.discount_paisa, 0) as discount_paisa,
        coalesce(money.paid_paisa, 0) as paid_paisa,
        coalesce(money.paid_cash_paisa, 0) as paid_cash_paisa,
        coalesce(money.paid_upi_paisa, 0) as paid_upi_paisa,
        coalesce(money.paid_card_paisa, 0) as paid_card_paisa,
        coalesce(money.paid_bank_paisa, 0) as paid_bank_paisa,
        coalesce(money.paid_cheque_paisa, 0) as paid_cheque_paisa,
        coalesce(khatas.given_paisa, 0) as khata_given_paisa,
        coalesce(khatas.collected_paisa, 0) as khata_collected_paisa,
        coalesce(khatas.other_paisa, 0) as khata_other_paisa,
        cast(
            sum(coalesce(khatas.moved_paisa, 0)) over (
                partition by days.shop_id, days.currency order by days.business_date
            ) as bigint
        ) as outstanding_paisa,
        top_goods.product_id as top_product_id,
        coalesce(top_goods.total_paisa, 0) as top_product_paisa
    from days
    left join bills
        on
            days.shop_id = bills.shop_id
            and days.currency = bills.currency
            and days.business_date = bills.business_date
    left join money
        on
            days.shop_id = money.shop_id
            and days.currency = money.currency
            and days.business_date = money.business_date
    left join khatas
        on
            days.shop_id = khatas.shop_id
            and days.currency = khatas.currency
            and days.business_date = khatas.business_date
    left join top_goods
        on
            days.shop_id = top_goods.shop_id
            and days.currency = top_goods.currency
            and days.business_date = top_goods.business_date
            and top_goods.place = 1

)

select * from final
