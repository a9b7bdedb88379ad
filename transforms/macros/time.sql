{# The calendar day of a moment where the business stands. #}
{% macro business_date(moment, time_zone) -%}
    {{ return(adapter.dispatch('business_date')(moment, time_zone)) }}
{%- endmacro %}

{% macro postgres__business_date(moment, time_zone) -%}
    cast({{ moment }} at time zone {{ time_zone }} as date)
{%- endmacro %}

{% macro spark__business_date(moment, time_zone) -%}
    to_date(from_utc_timestamp({{ moment }}, {{ time_zone }}))
{%- endmacro %}

{# The first moment after a business day: what is recorded before it was known on that day. #}
{% macro end_of_day(day, time_zone) -%}
    {{ return(adapter.dispatch('end_of_day')(day, time_zone)) }}
{%- endmacro %}

{% macro postgres__end_of_day(day, time_zone) -%}
    (cast({{ day }} + 1 as timestamp) at time zone {{ time_zone }})
{%- endmacro %}

{% macro spark__end_of_day(day, time_zone) -%}
    to_utc_timestamp(cast(date_add({{ day }}, 1) as timestamp), {{ time_zone }})
{%- endmacro %}

{# A day so many days after (or, negative, before) another. #}
{% macro days_after(day, days) -%}
    {{ return(adapter.dispatch('days_after')(day, days)) }}
{%- endmacro %}

{% macro postgres__days_after(day, days) -%}
    ({{ day }} + ({{ days }}))
{%- endmacro %}

{% macro spark__days_after(day, days) -%}
    date_add({{ day }}, {{ days }})
{%- endmacro %}

{# Days from one date to another, as an integer. #}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between')(earlier, later)) }}
{%- endmacro %}

{% macro postgres__days_between(earlier, later) -%}
    ({{ later }} - {{ earlier }})
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{# The last day of the month of a date. #}
{% macro month_end(day) -%}
    {{ return(adapter.dispatch('month_end')(day)) }}
{%- endmacro %}

{% macro postgres__month_end(day) -%}
    cast(date_trunc('month', {{ day }}) + interval '1 month - 1 day' as date)
{%- endmacro %}

{% macro spark__month_end(day) -%}
    last_day({{ day }})
{%- endmacro %}

{# The end of an interval that has not ended. #}
{% macro end_of_time() -%}
    cast('9999-12-31' as date)
{%- endmacro %}
