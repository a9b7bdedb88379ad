{# The last business day that this run may know, as a date. #}
{% macro as_of() -%}
    {%- if execute and not var('as_of') -%}
        {{ exceptions.raise_compiler_error("as_of is not given; pass --vars '{as_of: 2026-11-19, run_id: some-name}'") }}
    {%- endif -%}
    cast('{{ var("as_of") or "1970-01-01" }}' as date)
{%- endmacro %}

{# The name that ingestion, models, predictions and publication of one run share. #}
{% macro run_id() -%}
    {%- if execute and not var('run_id') -%}
        {{ exceptions.raise_compiler_error("run_id is not given; pass --vars '{as_of: 2026-11-19, run_id: some-name}'") }}
    {%- endif -%}
    cast('{{ var("run_id") }}' as varchar(64))
{%- endmacro %}

{# When this run began, by the machine's clock: a stamp beside the as-of day, which no figure depends on. #}
{% macro predicted_at() -%}
    cast('{{ run_started_at.isoformat() }}' as timestamp with time zone)
{%- endmacro %}
