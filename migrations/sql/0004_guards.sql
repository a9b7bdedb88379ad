-- Tenancy, rights, and what was there before: documents of earlier imports, markets that were played whole.

ALTER TABLE app.import_documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.import_documents FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON app.import_documents
    USING ((SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));

GRANT SELECT, INSERT ON app.import_documents, app.played_markets TO sauda_app;
GRANT UPDATE (completed_at) ON app.played_markets TO sauda_app;

-- A tombstone that every later cut has behind it tells nobody anything; nothing else about it ever changes.
GRANT DELETE ON app.tombstones, app.ingestion_receipts TO sauda_app;
DROP TRIGGER append_only ON app.tombstones;
CREATE TRIGGER append_only BEFORE UPDATE ON app.tombstones FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

SELECT set_config('app.business_id', '*', true);

-- Sales and returns of files that were taken in before this table. A number that had been there already carries
-- `~` and the beginning of its file's hash.
INSERT INTO app.import_documents (business_id, day, document_no, kind, customer_ref, amount_paisa, import_id)
SELECT d.vendor_id, d.document_date, regexp_replace(d.number, '~[0-9a-f]{6}$', ''),
       CASE d.kind WHEN 'delivery' THEN 'sale' ELSE 'cancellation' END,
       CASE WHEN starts_with(r.external_ref, d.vendor_id || ':') THEN substr(r.external_ref, 38) ELSE '' END,
       CASE d.kind WHEN 'delivery' THEN d.total_paisa ELSE -d.total_paisa END, d.import_id
FROM app.deliveries d JOIN app.businesses r ON r.id = d.retailer_id
WHERE d.import_id IS NOT NULL
ON CONFLICT DO NOTHING;

INSERT INTO app.played_markets (id, seed, until, began_at, completed_at)
SELECT gen_random_uuid(), 0, max(joined_at)::date, min(joined_at), max(joined_at)
FROM app.businesses WHERE origin = 'simulated' HAVING count(*) > 0;
