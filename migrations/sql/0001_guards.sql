-- What the tables promise beyond their columns: capture, append-only, balance, tenancy, grants.

-- Tenancy ------------------------------------------------------------------------------------

CREATE FUNCTION app.scope_is_system() RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT current_setting('app.business_id', true) = '*' $$;

CREATE FUNCTION app.scope() RETURNS uuid[] LANGUAGE sql STABLE
    AS $$ SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[] $$;

DO $$
DECLARE
    one_tenant text[] := ARRAY[
        'tax_profiles', 'consents', 'stock_levels', 'stock_movements', 'accounts', 'ledger_transactions', 'postings',
        'receivables', 'holds', 'receivable_items', 'allocations', 'ledger_unsealed', 'ledger_seals',
        'ledger_seal_members', 'document_counters', 'imports', 'import_batches'
    ];
    two_party text[] := ARRAY[
        'orders', 'order_lines', 'deliveries', 'delivery_lines', 'order_timeline', 'credit_agreements',
        'credit_limits', 'credit_terms', 'payments', 'decisions'
    ];
    -- The sub-selects are evaluated once per statement, not once per row.
    system_scope text := '(SELECT app.scope_is_system())';
    scope text := '((SELECT app.scope())::uuid[])';
    name text;
    condition text;
BEGIN
    FOREACH name IN ARRAY one_tenant || two_party || ARRAY['domain_events'] LOOP
        condition := CASE
            WHEN name = 'domain_events' THEN format('business_id IS NULL OR business_id = ANY (%s)', scope)
            WHEN name = ANY (two_party) THEN format('vendor_id = ANY (%1$s) OR retailer_id = ANY (%1$s)', scope)
            ELSE format('business_id = ANY (%s)', scope)
        END;
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON app.%I USING (%s OR %s)', name, system_scope, condition);
    END LOOP;
END $$;

-- Append-only --------------------------------------------------------------------------------

CREATE FUNCTION app.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of app.% is refused: its rows are only ever added; correct by a reversal', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

-- Capture ------------------------------------------------------------------------------------

CREATE FUNCTION app.mark_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id();
    RETURN NEW;
END $$;

CREATE FUNCTION app.leave_tombstone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.tombstones (table_name, key)
    SELECT TG_TABLE_NAME, jsonb_object_agg(field.key, field.value)
    FROM jsonb_each(to_jsonb(OLD)) AS field
    WHERE field.key = ANY (TG_ARGV);
    RETURN NULL;
END $$;

DO $$
DECLARE
    append_only text[] := ARRAY[
        'tax_profiles', 'consents', 'product_units', 'offers', 'stock_movements', 'accounts', 'ledger_transactions',
        'postings', 'receivable_items', 'allocations', 'ledger_seals', 'ledger_seal_members', 'deliveries',
        'delivery_lines', 'order_timeline', 'credit_agreements', 'credit_limits', 'credit_terms', 'payments',
        'decisions', 'adopted_scores', 'domain_events', 'tombstones'
    ];
    captured record;
BEGIN
    FOR captured IN
        SELECT c.relname AS name, bool_or(a.attname = 'changed_in') AS has_capture,
               (SELECT string_agg(quote_literal(k.attname), ', ' ORDER BY k.attnum)
                FROM pg_index i JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey)
                WHERE i.indrelid = c.oid AND i.indisprimary) AS key_columns
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE n.nspname = 'app' AND c.relkind = 'r' AND c.relname <> 'alembic_version'
        GROUP BY c.oid, c.relname
    LOOP
        IF captured.name = ANY (append_only) THEN
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.%I
                FOR EACH ROW EXECUTE FUNCTION app.refuse_change()', captured.name);
            EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.%I
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()', captured.name);
        ELSIF captured.has_capture THEN
            EXECUTE format('CREATE TRIGGER mark_changed BEFORE UPDATE ON app.%I
                FOR EACH ROW EXECUTE FUNCTION app.mark_changed()', captured.name);
            EXECUTE format('CREATE TRIGGER leave_tombstone AFTER DELETE ON app.%I
                FOR EACH ROW EXECUTE FUNCTION app.leave_tombstone(%s)', captured.name, captured.key_columns);
            EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.%I
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()', captured.name);
        END IF;
    END LOOP;
END $$;

-- The ledger's proof -------------------------------------------------------------------------

CREATE FUNCTION app.prove_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT transaction_id, currency, sum(amount_paisa) AS difference INTO wrong
    FROM added GROUP BY transaction_id, currency HAVING sum(amount_paisa) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'postings of transaction % differ by % % minor units; debits must equal credits',
            wrong.transaction_id, wrong.difference, wrong.currency USING ERRCODE = 'check_violation';
    END IF;
    SELECT t.id INTO wrong
    FROM (SELECT DISTINCT transaction_id FROM added) a
    JOIN app.ledger_transactions t ON t.id = a.transaction_id
    WHERE t.changed_in <> pg_current_xact_id() LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % was committed before; post a new transaction instead', wrong.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER prove_postings AFTER INSERT ON app.postings
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION app.prove_postings();

CREATE FUNCTION app.queue_for_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.ledger_unsealed (business_id, transaction_id) SELECT business_id, id FROM added;
    RETURN NULL;
END $$;

CREATE TRIGGER queue_for_sealing AFTER INSERT ON app.ledger_transactions
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION app.queue_for_sealing();

-- Grants -------------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA app TO sauda_app;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA app TO sauda_app;
REVOKE INSERT ON app.units, app.alembic_version FROM sauda_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA app TO sauda_app;
GRANT UPDATE ON app.users, app.refresh_tokens, app.businesses, app.products, app.stock_levels, app.receivables,
    app.holds, app.orders, app.order_lines, app.document_counters, app.adopted_runs, app.imports TO sauda_app;
GRANT DELETE ON app.refresh_tokens, app.idempotency_keys, app.ledger_unsealed, app.users TO sauda_app;
