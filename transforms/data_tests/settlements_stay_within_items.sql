-- Fails if an item is settled beyond its amount, because money would then have paid the same debt twice; or if more
-- of it is in dispute than is open, because that would be taken off what is late of other debts.
select
    item_id,
    amount_paisa,
    open_paisa,
    disputed_paisa
from {{ ref('fct_receivable_balance') }}
where
    (
        valid_to = {{ end_of_time() }}
        and (open_paisa * sign(amount_paisa) < 0 or abs(open_paisa) > abs(amount_paisa))
    )
    or disputed_paisa < 0
    or disputed_paisa > greatest(open_paisa, 0)
