-- Runs once, when the volume is empty.
CREATE TABLE stock (
  sku text PRIMARY KEY,
  available integer NOT NULL CHECK (available >= 0)
);
INSERT INTO stock VALUES ('lamp', 100), ('mug', 500), ('tent', 10);

CREATE TABLE reservations (
  order_id uuid PRIMARY KEY,
  items jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('reserved', 'released'))
);

-- What is to be told. Sent rows stay: they are the log.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id uuid NOT NULL DEFAULT gen_random_uuid(),
  type text NOT NULL,
  body jsonb NOT NULL,
  sent_at timestamptz
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;

-- What has been handled.
CREATE TABLE inbox (
  message_id uuid PRIMARY KEY,
  handled_at timestamptz NOT NULL DEFAULT now()
);
