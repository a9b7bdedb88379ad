-- Tenancy, rights and capture of cheques, promises, visits and assignments.

DO $$
DECLARE
    scope text := '((SELECT app.scope())::uuid[])';
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['cheques', 'payment_promises', 'collection_visits', 'collector_assignments'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON app.%1$I USING ((SELECT app.scope_is_system())
            OR vendor_id = ANY (%2$s) OR retailer_id = ANY (%2$s))', name, scope);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.%I
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()', name);
        IF name <> 'cheques' THEN
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.%I
                FOR EACH ROW EXECUTE FUNCTION app.refuse_change()', name);
        END IF;
    END LOOP;
END $$;

CREATE TRIGGER mark_changed BEFORE UPDATE ON app.cheques FOR EACH ROW EXECUTE FUNCTION app.mark_changed();
CREATE TRIGGER leave_tombstone AFTER DELETE ON app.cheques FOR EACH ROW EXECUTE FUNCTION app.leave_tombstone('id');

GRANT SELECT, INSERT ON app.cheques, app.payment_promises, app.collection_visits, app.collector_assignments
    TO sauda_app;
GRANT UPDATE ON app.cheques TO sauda_app;
