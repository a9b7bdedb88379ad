{# The lines of decisions, one row each: decision_id, product_id, asked_quantity, granted_quantity, unit.
   `asked_lines` is JSON: [{"product_id": …, "asked": "3", "granted": "0", "unit": "packet"}, …]. #}
{% macro asked_lines_of(relation) -%}
    {{ return(adapter.dispatch('asked_lines_of')(relation)) }}
{%- endmacro %}

{% macro postgres__asked_lines_of(relation) -%}
    select
        decisions.decision_id,
        line.value ->> 'product_id' as product_id,
        cast(line.value ->> 'asked' as numeric(14, 3)) as asked_quantity,
        cast(line.value ->> 'granted' as numeric(14, 3)) as granted_quantity,
        cast(line.value ->> 'unit' as varchar(20)) as unit
    from {{ relation }} as decisions
    cross join lateral jsonb_array_elements(cast(decisions.asked_lines as jsonb)) as line (value)
{%- endmacro %}

{% macro spark__asked_lines_of(relation) -%}
    select
        decision_id,
        line.product_id,
        cast(line.asked as decimal(14, 3)) as asked_quantity,
        cast(line.granted as decimal(14, 3)) as granted_quantity,
        line.unit
    from (
        select
            decision_id,
            explode(
                from_json(
                    asked_lines,
                    'array<struct<product_id: string, asked: string, granted: string, unit: string>>'
                )
            ) as line
        from {{ relation }}
    ) as exploded
{%- endmacro %}
