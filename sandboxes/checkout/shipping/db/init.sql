-- Runs once, when the volume is empty.
CREATE TABLE countries (
  code text PRIMARY KEY
);
INSERT INTO countries VALUES ('CN'), ('DE'), ('US');

CREATE TABLE shipments (
  order_id uuid PRIMARY KEY,
  country text NOT NULL REFERENCES countries,
  items jsonb NOT NULL
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
