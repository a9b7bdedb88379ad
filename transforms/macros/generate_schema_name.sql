{# Schemas are named exactly as the models say: staging, intermediate, marts, predictions. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
