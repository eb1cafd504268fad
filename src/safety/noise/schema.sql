CREATE ROLE reader;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN amount AS numeric;
CREATE TABLE customers (id bigserial PRIMARY KEY, email text NOT NULL, phone text, age int DEFAULT 0, feeling mood, city varchar(20));
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint CONSTRAINT orders_customer_fk REFERENCES customers (id),
  seller_id bigint, state text NOT NULL DEFAULT 'open', total amount NOT NULL, code text CONSTRAINT orders_code_key UNIQUE);
GRANT SELECT ON orders TO reader;
CREATE INDEX orders_state_idx ON orders (state);
CREATE VIEW open_orders AS SELECT id, state FROM orders WHERE state = 'open';
CREATE MATERIALIZED VIEW totals AS SELECT state, count(*) AS n FROM orders GROUP BY 1;
CREATE FUNCTION price(bigint) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0';
CREATE TABLE days (id bigint NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE days_old PARTITION OF days FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE days_next (id bigint NOT NULL, day date NOT NULL);
CREATE TABLE django_migrations (id bigserial PRIMARY KEY, app text, name text, applied timestamptz);
CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY);
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY);
