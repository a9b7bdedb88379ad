-- Fails if an item is settled beyond its amount, because money would then have paid the same debt twice.
select
    item_id,
    amount_paisa,
    open_paisa
from {{ ref('fct_receivable_balance') }}
where
    valid_to = {{ end_of_time() }}
    and (open_paisa * sign(amount_paisa) < 0 or abs(open_paisa) > abs(amount_paisa))
