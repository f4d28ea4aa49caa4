-- Runs once, when the volume is empty.
CREATE TABLE items (
  id integer PRIMARY KEY,
  name text NOT NULL,
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  -- Counts the writes: shows how old an answer is.
  version integer NOT NULL DEFAULT 1
);

INSERT INTO items (id, name, price_cents)
SELECT n, 'Item ' || n, 100 + (n * 37) % 9900
FROM generate_series(1, 1000) AS n;
