-- What the tables of people and access promise beyond their columns: tenancy, append-only, sealing, grants.

DO $$
DECLARE
    system_scope text := '(SELECT app.scope_is_system())';
    condition text := 'business_id = ANY ((SELECT app.scope())::uuid[])';
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'invitations', 'api_keys', 'audit_entries', 'audit_unsealed', 'audit_seals', 'audit_seal_members'
    ] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON app.%I USING (%s OR %s)', name, system_scope, condition);
    END LOOP;

    FOREACH name IN ARRAY ARRAY['audit_entries', 'audit_seals', 'audit_seal_members'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.%I
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change()', name);
        EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.%I
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()', name);
    END LOOP;
END $$;

CREATE FUNCTION app.queue_audit_for_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What belongs to no business stands in the platform's own chain.
    INSERT INTO app.audit_unsealed (business_id, entry_id)
    SELECT coalesce(business_id, '00000000-0000-0000-0000-000000000000'), id FROM added;
    RETURN NULL;
END $$;

CREATE TRIGGER queue_for_sealing AFTER INSERT ON app.audit_entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION app.queue_audit_for_sealing();

GRANT SELECT, INSERT ON app.subject_keys, app.invitations, app.challenges, app.attempt_guards, app.second_factors,
    app.recovery_codes, app.api_keys, app.signing_keys, app.messages, app.audit_entries, app.audit_unsealed,
    app.audit_seals, app.audit_seal_members TO sauda_app;
GRANT UPDATE ON app.invitations, app.challenges, app.attempt_guards, app.second_factors, app.recovery_codes,
    app.api_keys, app.signing_keys, app.messages TO sauda_app;
GRANT DELETE ON app.subject_keys, app.challenges, app.attempt_guards, app.second_factors, app.recovery_codes,
    app.signing_keys, app.messages, app.audit_unsealed TO sauda_app;
