CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, email text, ssn text);
CREATE TABLE cards (id int PRIMARY KEY, customer_id int NOT NULL, pan text NOT NULL, exp_month int, brand text);
CREATE TABLE payments (id int PRIMARY KEY, card_id int NOT NULL, amount int, status text, note text);
CREATE TABLE "Odd Names" ("Id" int PRIMARY KEY, "select" text, "P.A.N" text, "ünï" int);
CREATE TABLE notes (id int, payment_id int, body text, author text) PARTITION BY LIST (author);
CREATE TABLE notes_bot PARTITION OF notes FOR VALUES IN ('bot');
CREATE TABLE old_cards (retired int) INHERITS (cards);
CREATE VIEW card_list (card, holder, number) AS SELECT k.id, c.name, k.pan FROM customers c JOIN cards k ON k.customer_id = c.id;
CREATE VIEW spending AS SELECT card, number, sum(p.amount)::int AS total FROM card_list JOIN payments p ON p.card_id = card GROUP BY card, number;
