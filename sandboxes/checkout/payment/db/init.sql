-- Runs once, when the volume is empty.
CREATE TABLE cards (
  customer text PRIMARY KEY,
  credit_cents integer NOT NULL CHECK (credit_cents >= 0)
);
INSERT INTO cards VALUES ('ada', 100000000), ('grace', 100000000), ('timothy', 1000);

CREATE TABLE charges (
  order_id uuid PRIMARY KEY,
  customer text NOT NULL REFERENCES cards,
  cents integer NOT NULL,
  state text NOT NULL CHECK (state IN ('charged', 'refunded'))
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
