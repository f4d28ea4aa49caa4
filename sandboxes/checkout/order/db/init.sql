-- Runs once, when the volume is empty.
CREATE TABLE prices (
  sku text PRIMARY KEY,
  cents integer NOT NULL CHECK (cents > 0)
);
INSERT INTO prices VALUES ('lamp', 2500), ('mug', 900), ('tent', 19900);

CREATE TABLE orders (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  customer text NOT NULL,
  idempotency_key text NOT NULL,
  country text NOT NULL,
  items jsonb NOT NULL,
  total_cents integer NOT NULL,
  status text NOT NULL DEFAULT 'PENDING',
  reason text,
  version integer NOT NULL DEFAULT 1,
  -- Two customers may use the same key.
  UNIQUE (customer, idempotency_key)
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
