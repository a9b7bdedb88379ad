-- Tenancy and rights of late interest; the accounts that it goes to.

DO $$
DECLARE
    scope text := '((SELECT app.scope())::uuid[])';
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['interest_rules', 'interest_charges'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON app.%I USING ((SELECT app.scope_is_system()) OR vendor_id = ANY (%s)%s)',
            name, scope, CASE name WHEN 'interest_rules' THEN '' ELSE format(' OR retailer_id = ANY (%s)', scope) END);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.%I
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change()', name);
        EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.%I
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON app.interest_rules, app.interest_charges TO sauda_app;

SELECT set_config('app.business_id', '*', true);

-- Books that were opened before get the accounts too.
INSERT INTO app.accounts (id, business_id, code, type, currency, opened_at)
SELECT gen_random_uuid(), book.business_id, added.code, added.type, book.currency, now()
FROM app.accounts book
CROSS JOIN (VALUES ('interest_income', 'income'), ('interest_expense', 'expense')) AS added (code, type)
WHERE book.code = 'bad_debts' AND book.party_id IS NULL
ON CONFLICT DO NOTHING;
