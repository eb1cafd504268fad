-- views
CREATE VIEW paid_orders AS SELECT id, total FROM orders WHERE state = 'paid';
CREATE OR REPLACE VIEW open_orders AS SELECT id, state, total FROM orders WHERE state = 'open';
GRANT SELECT ON paid_orders TO PUBLIC;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader;
-- functions and triggers
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '30s';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ begin new.changed = now(); return new; end $$;
CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint REFERENCES orders (id), changed timestamptz);
CREATE TRIGGER visits_touch BEFORE UPDATE ON visits FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON FUNCTION touch() IS 'keeps changed';
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY visits_all ON visits USING (true);
-- sequences and types
CREATE SEQUENCE tickets_seq START 1000;
ALTER SEQUENCE tickets_seq CACHE 10;
ALTER SEQUENCE orders_id_seq RESTART WITH 100000;
ALTER SEQUENCE orders_id_seq OWNED BY orders.id;
CREATE TYPE span AS (a int, b int);
CREATE DOMAIN postcode AS text CHECK (VALUE ~ '^[0-9]{5}$');
CREATE SCHEMA IF NOT EXISTS archive;
CREATE TABLE archive.orders (LIKE public.orders INCLUDING ALL);
-- a view with rows of its own
CREATE MATERIALIZED VIEW order_counts AS SELECT state, count(*) AS n FROM visits v JOIN orders o ON o.id = v.order_id GROUP BY 1;
CREATE UNIQUE INDEX order_counts_state ON order_counts (state);
-- a table in parts
CREATE TABLE events (id bigint NOT NULL, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_day ON events (day);
-- checks in two steps: 1
ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total >= 0) NOT VALID;
-- checks in two steps: 2
ALTER TABLE orders VALIDATE CONSTRAINT orders_total_positive;
-- unique in two steps: 1 outside
CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON customers (email);
-- unique in two steps: 2
ALTER TABLE customers ADD CONSTRAINT customers_email_key UNIQUE USING INDEX customers_email_key;
-- old index goes outside
DROP INDEX CONCURRENTLY orders_state_idx;
-- analyze outside
VACUUM (ANALYZE) orders;
-- statistics
ALTER TABLE orders ALTER COLUMN state SET STATISTICS 500;
CREATE STATISTICS orders_state_total ON state, total FROM orders;
ANALYZE orders;
