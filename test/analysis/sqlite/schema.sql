CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, ssn TEXT);
CREATE TABLE cards (
  id INTEGER PRIMARY KEY, customer_id INT NOT NULL REFERENCES customers (id), pan TEXT NOT NULL UNIQUE,
  exp_month INT, cvv TEXT, brand TEXT COLLATE NOCASE, head TEXT AS (substr(pan, 1, 6)) VIRTUAL
);
CREATE TABLE payments (id INTEGER PRIMARY KEY, card_id INT NOT NULL, amount NUMERIC, status TEXT, note TEXT);
CREATE TABLE payment_log (what TEXT, payment INT);
CREATE TABLE numbers (pan INTEGER PRIMARY KEY, brand TEXT);
CREATE TABLE loose (a, b, c);
CREATE TABLE pairs (x TEXT, y TEXT, z INT, PRIMARY KEY (x, y)) WITHOUT ROWID;
CREATE TABLE "odd name" ("a b" TEXT, "select" INT, "true" TEXT);
CREATE VIEW card_view AS SELECT id, pan AS number, brand FROM cards;
CREATE VIEW tail_view (card, tail) AS SELECT v.id, substr(v.number, -4) FROM card_view v;
CREATE VIEW paid AS SELECT c.name, p.amount, k.pan FROM customers c JOIN cards k ON k.customer_id = c.id
  LEFT JOIN payments p ON p.card_id = k.id WHERE p.status = 'paid';
CREATE VIEW every_number AS SELECT pan AS n FROM cards UNION ALL SELECT ssn FROM customers UNION SELECT 'x';
CREATE TRIGGER payments_log AFTER UPDATE OF status ON payments BEGIN
  INSERT INTO payment_log SELECT NEW.note || cards.brand, NEW.id FROM cards WHERE cards.id = NEW.card_id;
END;
CREATE TRIGGER card_view_insert INSTEAD OF INSERT ON card_view BEGIN
  INSERT INTO cards (customer_id, pan, brand) VALUES (1, NEW.number, NEW.brand);
END;
CREATE TEMP TABLE scratch (id INT, pan TEXT);
CREATE TEMP VIEW scratch_view AS SELECT s.pan AS kept, c.brand FROM scratch s JOIN cards c ON c.id = s.id;
