-- Fails if the buckets of an account do not add up to its balance, because each open paisa has exactly one age, or
-- is in dispute.
select
    reporting_date,
    account_id,
    balance_paisa
from {{ ref('fct_receivable_ageing') }}
where
    balance_paisa <> not_due_paisa + overdue_1_30_paisa + overdue_31_60_paisa + overdue_61_90_paisa
    + overdue_over_90_paisa + disputed_paisa + unallocated_credit_paisa
    or overdue_paisa <> overdue_1_30_paisa + overdue_31_60_paisa + overdue_61_90_paisa + overdue_over_90_paisa
