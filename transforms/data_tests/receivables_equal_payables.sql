-- Fails if a seller's receivable differs from the buyer's payable where the buyer keeps books here, because every
-- delivery, payment and return is written in both books or in neither.
with balances as (

    select
        vendor_id,
        retailer_id,
        currency,
        {{ sum_paisa('amount_paisa', "code = 'receivable'") }} as receivable_paisa,
        {{ sum_paisa('-amount_paisa', "code = 'payable'") }} as payable_paisa
    from {{ ref('int_ledger_postings_known') }}
    group by vendor_id, retailer_id, currency

)

select balances.*
from balances
inner join {{ ref('stg_app__businesses') }} as buyers
    on balances.retailer_id = buyers.business_id
where buyers.keeps_books and balances.receivable_paisa <> balances.payable_paisa
