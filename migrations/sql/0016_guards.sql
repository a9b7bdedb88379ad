-- What quotes and order rules promise beyond their columns: tenancy, append-only, grants.

DO $$
DECLARE
    system_scope text := '(SELECT app.scope_is_system())';
    scope text := '((SELECT app.scope())::uuid[])';
    name text;
    condition text;
BEGIN
    FOREACH name IN ARRAY ARRAY['order_rules', 'quotes', 'quote_lines'] LOOP
        condition := CASE
            WHEN name = 'order_rules' THEN format('business_id = ANY (%s)', scope)
            ELSE format('vendor_id = ANY (%1$s) OR retailer_id = ANY (%1$s)', scope)
        END;
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON app.%I USING (%s OR %s)', name, system_scope, condition);
    END LOOP;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.order_rules
    FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.order_rules
    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

GRANT SELECT, INSERT ON app.order_rules, app.quotes, app.quote_lines TO sauda_app;
GRANT UPDATE (order_id, valid_until) ON app.quotes TO sauda_app;
GRANT DELETE ON app.quotes TO sauda_app;
