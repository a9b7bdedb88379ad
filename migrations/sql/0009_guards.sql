-- Tenancy and rights of webhooks, and who sees an event: its business, and the counterparty that may be told.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['webhook_endpoints', 'webhook_deliveries', 'webhook_attempts'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON app.%I
            USING ((SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON app.webhook_endpoints, app.webhook_deliveries, app.webhook_attempts, app.webhook_progress
    TO sauda_app;
GRANT UPDATE ON app.webhook_endpoints, app.webhook_deliveries, app.webhook_progress TO sauda_app;
GRANT DELETE ON app.webhook_endpoints, app.webhook_deliveries, app.webhook_attempts TO sauda_app;

-- Who is told may read; an event is still written by its own business alone.
CREATE POLICY told ON app.domain_events FOR SELECT
    USING (counterparty_id = ANY ((SELECT app.scope())::uuid[]));

SELECT set_config('app.business_id', '*', true);
ALTER TABLE app.domain_events DISABLE TRIGGER append_only;
UPDATE app.domain_events SET counterparty_id = (payload ->> 'retailer_id')::uuid
WHERE payload ? 'retailer_id' AND type IN ('order-placed', 'order-accepted', 'order-closed', 'order-delivered',
    'goods-returned', 'payment-recorded', 'payment-reversed', 'credit-limit-set');
ALTER TABLE app.domain_events ENABLE TRIGGER append_only;
