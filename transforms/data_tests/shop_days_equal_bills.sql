-- Fails if the days of a shop do not add up to its bills or to the money that it took, because each belongs to one day.
with days as (

    select
        shop_id,
        currency,
        {{ sum_paisa('sales_paisa') }} as sales_paisa,
        {{ sum_paisa('paid_paisa') }} as paid_paisa,
        {{ sum_paisa('paid_cash_paisa + paid_upi_paisa + paid_card_paisa + paid_bank_paisa + paid_cheque_paisa') }}
            as by_mode_paisa
    from {{ ref('mart_shop_daily') }}
    group by shop_id, currency

), bills as (

    select
        shop_id,
        currency,
        {{ sum_paisa('payable_paisa') }} as payable_paisa
    from {{ ref('fct_shop_bills') }}
    group by shop_id, currency

), money as (

    select
        shop_id,
        currency,
        {{ sum_paisa('amount_paisa') }} as amount_paisa
    from {{ ref('int_shop_money_taken') }}
    group by shop_id, currency

)

select
    days.shop_id,
    days.currency
from days
left join bills
    on days.shop_id = bills.shop_id and days.currency = bills.currency
left join money
    on days.shop_id = money.shop_id and days.currency = money.currency
where
    days.sales_paisa <> coalesce(bills.payable_paisa, 0)
    or days.paid_paisa <> coalesce(money.amount_paisa, 0)
    or days.paid_paisa <> days.by_mode_paisa
