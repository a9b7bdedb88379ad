-- Fails if the calendar ends before the as-of day, because the daily marts would then end with it unnoticed.
select {{ as_of() }} as as_of_date
from (select max(calendar_date) as last_date from {{ ref('dim_date') }}) as calendar
where last_date < {{ as_of() }}
