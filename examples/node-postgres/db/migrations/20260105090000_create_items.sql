-- migrate:up
CREATE TABLE items (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  idempotency_key text NOT NULL UNIQUE,
  title text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  processed_at timestamptz
);

CREATE INDEX items_unprocessed ON items (id) WHERE processed_at IS NULL;

-- migrate:down
DROP TABLE items;
