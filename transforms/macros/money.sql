{# Price times quantity in minor units, rounded half-even once: foundation.money.line_amount_paisa in SQL. #}
{% macro line_amount_paisa(unit_price, quantity) -%}
    cast({{ round_half_even(unit_price ~ ' * ' ~ quantity ~ ' * 100') }} as bigint)
{%- endmacro %}

{# An exact number rounded to a whole one, ties to the even neighbour. #}
{% macro round_half_even(number) -%}
    {{ return(adapter.dispatch('round_half_even')(number)) }}
{%- endmacro %}

{# round() takes ties of numerics away from zero. Half of an odd tie ends in .25 or .75, which is no tie:
   rounding that half and doubling it gives the even neighbour. All of it is exact. #}
{% macro postgres__round_half_even(number) -%}
    case
        when abs(({{ number }}) - trunc({{ number }})) = 0.5 then 2 * round(({{ number }}) * 0.5)
        else round({{ number }})
    end
{%- endmacro %}

{% macro spark__round_half_even(number) -%}
    bround({{ number }}, 0)
{%- endmacro %}

{# Sums of BIGINT become NUMERIC in Postgres and a double in Parquet: money is cast back after every aggregate. #}
{% macro sum_paisa(amount, condition=none) -%}
    cast(coalesce(sum({{ amount }}) {%- if condition %} filter (where {{ condition }}){% endif %}, 0) as bigint)
{%- endmacro %}
