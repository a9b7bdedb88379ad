-- Tenancy, rights and capture of claims, write-offs and policies; the account that a forgiven debt goes to.

DO $$
DECLARE
    system_scope text := '(SELECT app.scope_is_system())';
    scope text := '((SELECT app.scope())::uuid[])';
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['payment_claims', 'write_offs', 'credit_policies'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON app.%I USING (%s OR vendor_id = ANY (%s)%s)', name, system_scope, scope,
            CASE name WHEN 'credit_policies' THEN '' ELSE format(' OR retailer_id = ANY (%s)', scope) END);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.%I
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()', name);
    END LOOP;

    FOREACH name IN ARRAY ARRAY['payment_claims', 'write_offs'] LOOP
        EXECUTE format('CREATE TRIGGER mark_changed BEFORE UPDATE ON app.%I
            FOR EACH ROW EXECUTE FUNCTION app.mark_changed()', name);
        EXECUTE format('CREATE TRIGGER leave_tombstone AFTER DELETE ON app.%I
            FOR EACH ROW EXECUTE FUNCTION app.leave_tombstone(''id'')', name);
    END LOOP;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.credit_policies
    FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

GRANT SELECT, INSERT ON app.payment_claims, app.write_offs, app.credit_policies TO sauda_app;
GRANT UPDATE ON app.payment_claims, app.write_offs TO sauda_app;

SELECT set_config('app.business_id', '*', true);

-- Books that were opened before get the account too.
INSERT INTO app.accounts (id, business_id, code, type, currency, opened_at)
SELECT gen_random_uuid(), business_id, 'debts_forgiven', 'income', currency, now()
FROM app.accounts WHERE code = 'bad_debts' AND party_id IS NULL
ON CONFLICT DO NOTHING;
