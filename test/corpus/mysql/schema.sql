-- What the twins have around customers, cards and payments on MariaDB and MySQL. Labelled columns: kit.ts. /*M! … */ is for MariaDB, /*!80000 … */ for MySQL.
-- `vault` stands for a second database of the same server; the kit gives it its name.
CREATE TABLE products (
  id int PRIMARY KEY, sku varchar(20) NOT NULL UNIQUE, name varchar(100) NOT NULL, category varchar(40), price decimal(10,2) NOT NULL,
  tags json, attributes json, added date, image blob, discontinued boolean NOT NULL DEFAULT false, size enum('s', 'm', 'l'), flags set('a', 'b', 'c')
);
INSERT INTO products VALUES
  (1, 'KB-1', 'Keyboard', 'input', 49.90, '["wired","usb"]', '{"colour":"black","keys":104}', '2024-01-15', x'0102', false, 'm', 'a,b'),
  (2, 'MS-1', 'Mouse', 'input', 19.50, '["wireless"]', '{"colour":"white"}', '2024-02-20', NULL, false, 's', ''),
  (3, 'SC-1', 'Screen', 'output', 210.00, '["usb","hdmi"]', '{"inches":27}', '2024-03-05', x'ff', false, 'l', 'c'),
  (4, 'PR-1', 'Printer', 'output', 120.00, NULL, NULL, '2023-11-30', NULL, true, NULL, NULL),
  (5, 'CB-1', 'Cable', NULL, 4.25, '[]', '{"metres":2.5}', NULL, NULL, false, 's', 'b');
CREATE TABLE orders (
  id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers(id), placed_at datetime NOT NULL,
  status enum('new', 'paid', 'shipped', 'cancelled') NOT NULL DEFAULT 'new', total decimal(12,2) NOT NULL, shipping json
);
INSERT INTO orders VALUES
  (1, 1, '2024-05-01 10:00:00', 'paid', 69.40, '{"city":"Bern","days":2}'),
  (2, 2, '2024-05-02 11:30:00', 'shipped', 210.00, '{"city":"Lima","days":9}'),
  (3, 1, '2024-05-20 09:15:00', 'new', 8.50, NULL),
  (4, 3, '2024-06-11 16:45:00', 'cancelled', 120.00, '{"city":"Oslo","days":4}'),
  (5, 5, '2024-06-30 23:59:00', 'paid', 259.90, '{"city":"Bern","days":3}'),
  (6, 2, '2024-07-04 08:00:00', 'paid', 24.75, NULL);
CREATE TABLE order_items (
  order_id int NOT NULL REFERENCES orders(id), line int NOT NULL, product_id int NOT NULL REFERENCES products(id),
  quantity int NOT NULL, unit_price decimal(10,2) NOT NULL,
  amount decimal(12,2) AS (quantity * unit_price) STORED, PRIMARY KEY (order_id, line)
);
INSERT INTO order_items (order_id, line, product_id, quantity, unit_price) VALUES
  (1, 1, 1, 1, 49.90), (1, 2, 2, 1, 19.50), (2, 1, 3, 1, 210.00), (3, 1, 5, 2, 4.25), (4, 1, 4, 1, 120.00),
  (5, 1, 1, 1, 49.90), (5, 2, 3, 1, 210.00), (6, 1, 2, 1, 19.50), (6, 2, 5, 1, 4.25);
CREATE TABLE events (id bigint PRIMARY KEY AUTO_INCREMENT, at datetime(3) NOT NULL, kind varchar(40) NOT NULL, subject varchar(100), payload json, FULLTEXT (subject));
INSERT INTO events VALUES
  (1, '2024-05-01 10:00:01', 'order.paid', 'order 1', '{"by":"web"}'),
  (2, '2024-05-02 12:00:00', 'order.shipped', 'order 2', '{"by":"depot"}'),
  (3, '2024-06-12 08:00:00', 'order.cancelled', 'order 4', NULL),
  (4, '2024-07-04 08:00:02', 'login', 'user 2', '{"by":"app","tries":3}');
CREATE TABLE users (
  id int PRIMARY KEY, tenant int NOT NULL, login varchar(40) NOT NULL, handle varchar(40) NOT NULL UNIQUE, active boolean, UNIQUE KEY (tenant, login)
);
INSERT INTO users VALUES (1, 1, 'ada', 'ada-1', true), (2, 1, 'bo', 'bo-1', false), (3, 2, 'ada', 'ada-2', NULL);
CREATE TABLE employees (id int PRIMARY KEY, name varchar(40) NOT NULL, manager_id int);
INSERT INTO employees VALUES (1, 'Root', NULL), (2, 'Left', 1), (3, 'Right', 1), (4, 'Leaf', 2);
CREATE TABLE audited (id int PRIMARY KEY, value varchar(40));
CREATE TABLE audit_log (what varchar(40));
INSERT INTO audited VALUES (1, 'one'), (2, 'two');
CREATE TRIGGER audited_changes AFTER UPDATE ON audited FOR EACH ROW INSERT INTO audit_log VALUES ('update');
CREATE TABLE tokens (token int PRIMARY KEY, pan varchar(30) NOT NULL);
INSERT INTO tokens SELECT id + 100, pan FROM cards;
CREATE TABLE slips (id int PRIMARY KEY, pan varchar(30), tail varchar(6) AS (right(pan, 6)) STORED);
INSERT INTO slips (id, pan) SELECT id, pan FROM cards;
CREATE TABLE hidden_columns (id int PRIMARY KEY, pan varchar(30) INVISIBLE, note varchar(40));
INSERT INTO hidden_columns (id, pan, note) SELECT id, pan, brand FROM cards;
CREATE TABLE versioned (id int PRIMARY KEY, pan varchar(30), note varchar(40)) /*M! WITH SYSTEM VERSIONING */;
INSERT INTO versioned (id, pan, note) SELECT id, pan, brand FROM cards;
CREATE TABLE parted (id int, region varchar(1), pan varchar(30))
  PARTITION BY LIST COLUMNS (region) (PARTITION parted_a VALUES IN ('a'), PARTITION parted_b VALUES IN ('b'));
INSERT INTO parted SELECT id, IF(id % 2 = 0, 'a', 'b'), pan FROM cards;
CREATE TABLE `Mixed Case` (`Id` int PRIMARY KEY, `P.A.N` varchar(30), `ünïcode` varchar(30), `select` varchar(10));
INSERT INTO `Mixed Case` SELECT id, pan, brand, 'word' FROM cards;
CREATE TABLE vault.cards (id int PRIMARY KEY, pan varchar(30), label varchar(30));
INSERT INTO vault.cards SELECT id, pan, brand FROM cards;
CREATE TABLE vault.products (id int PRIMARY KEY, name varchar(40), secret_price decimal(10,2));
INSERT INTO vault.products VALUES (1, 'Vaulted', 1.00);
CREATE TABLE vault.notes (id int PRIMARY KEY, body text);
INSERT INTO vault.notes VALUES (1, 'nothing of note');
CREATE VIEW card_view AS SELECT id, pan AS number, brand, cvv AS code FROM cards;
CREATE VIEW nested (k, n, b) AS SELECT id, number, brand FROM card_view;
CREATE VIEW nested_tail (k, tail) AS SELECT k, right(n, 6) FROM nested;
CREATE VIEW people AS SELECT c.*, k.pan FROM customers c JOIN cards k ON k.customer_id = c.id;
CREATE VIEW either (x) AS SELECT ssn FROM customers UNION ALL SELECT name FROM customers;
CREATE VIEW tops AS SELECT customer_id, max(pan) AS top, count(*) AS n FROM cards GROUP BY customer_id;
CREATE VIEW picked AS SELECT id, name FROM customers WHERE ssn LIKE '1%';
CREATE VIEW open_orders AS SELECT id, customer_id, placed_at, total FROM orders WHERE status = 'new';
CREATE VIEW customer_totals (customer, orders, total) AS
  SELECT c.name, count(o.id), coalesce(sum(o.total), 0) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.name;
CREATE /*M! SEQUENCE */ /*!80000 TABLE */ tickets /*!80000 (next_not_cached_value bigint) */;
CREATE FUNCTION ssn_of(n int) RETURNS varchar(20) READS SQL DATA RETURN (SELECT ssn FROM customers WHERE id = n);
CREATE FUNCTION sneaky(n int) RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO audit_log VALUES ('sneaky'); RETURN 1; END;
CREATE PROCEDURE purge_log() DELETE FROM audit_log;

-- An ordinary shop around the twins, for the ordinary statements. Nothing in it is labelled.
CREATE TABLE categories (id int PRIMARY KEY, parent_id int REFERENCES categories (id), name text NOT NULL);
CREATE TABLE goods (
  id int AUTO_INCREMENT PRIMARY KEY, sku varchar(40) NOT NULL UNIQUE, name varchar(200) NOT NULL,
  category_id int REFERENCES categories (id), price numeric(12,2) NOT NULL, stock int NOT NULL DEFAULT 0,
  attributes json, rating double, discontinued boolean NOT NULL DEFAULT false, created_at datetime NOT NULL DEFAULT current_timestamp);
CREATE TABLE tags (id int PRIMARY KEY, name varchar(40) NOT NULL UNIQUE);
CREATE TABLE product_tags (product_id int NOT NULL REFERENCES goods (id), tag_id int NOT NULL REFERENCES tags (id), PRIMARY KEY (product_id, tag_id));
CREATE TABLE stores (id int PRIMARY KEY, name varchar(80) NOT NULL, city varchar(80), region varchar(40), opened_on date);
CREATE TABLE sales (
  id bigint AUTO_INCREMENT PRIMARY KEY, customer_id int NOT NULL REFERENCES customers (id), store_id int REFERENCES stores (id),
  status varchar(20) NOT NULL DEFAULT 'new', placed_at datetime NOT NULL, shipped_at datetime, total numeric(12,2) NOT NULL DEFAULT 0,
  note text, shipping json, deleted_at datetime);
CREATE TABLE sale_lines (
  order_id bigint NOT NULL REFERENCES sales (id), line int NOT NULL, product_id int NOT NULL REFERENCES goods (id),
  quantity int NOT NULL, unit_price numeric(12,2) NOT NULL, PRIMARY KEY (order_id, line));
CREATE TABLE staff (
  id int PRIMARY KEY, name varchar(80) NOT NULL, manager_id int REFERENCES staff (id), department varchar(40), salary numeric(12,2), hired_on date);
CREATE TABLE inquiries (
  id int AUTO_INCREMENT PRIMARY KEY, customer_id int REFERENCES customers (id), subject varchar(200) NOT NULL, body text,
  priority varchar(10) NOT NULL DEFAULT 'normal', assignee_id int REFERENCES staff (id), opened_at datetime NOT NULL, closed_at datetime, deleted_at datetime);
CREATE TABLE visits (id bigint PRIMARY KEY, customer_id int, kind varchar(40) NOT NULL, happened_at datetime NOT NULL, payload json);
CREATE TABLE invoices (id int PRIMARY KEY, order_id bigint NOT NULL REFERENCES sales (id), number varchar(20) NOT NULL UNIQUE, issued_on date NOT NULL, due_on date NOT NULL, paid_on date, gross numeric(12,2) NOT NULL);
CREATE TABLE refunds (id int PRIMARY KEY, payment_id int NOT NULL REFERENCES payments (id), amount numeric(12,2) NOT NULL, reason varchar(200), created_at datetime NOT NULL);
CREATE TABLE calendar (day date PRIMARY KEY, iso_week int NOT NULL, is_holiday boolean NOT NULL DEFAULT false);
CREATE INDEX sales_by_customer ON sales (customer_id, placed_at);
CREATE VIEW order_summary AS
  SELECT o.id, o.customer_id, o.status, o.placed_at, sum(i.quantity * i.unit_price) AS gross, count(*) AS items
  FROM sales o JOIN sale_lines i ON i.order_id = o.id GROUP BY o.id, o.customer_id, o.status, o.placed_at;
CREATE VIEW active_tickets AS SELECT id, customer_id, subject, priority, assignee_id, opened_at FROM inquiries WHERE closed_at IS NULL AND deleted_at IS NULL;
INSERT INTO categories VALUES (1, NULL, 'All'), (2, 1, 'Light'), (3, 1, 'Seating'), (4, 2, 'Desk lamps');
INSERT INTO goods (id, sku, name, category_id, price, stock, attributes, rating, discontinued, created_at) VALUES
  (1, 'LAMP-001', 'Desk lamp', 4, 39.90, 120, '{"color": "black", "watt": 9, "dims": {"h": 40, "w": 12}, "tags": ["desk", "led"]}', 4.5, false, '2023-01-05 10:00:00'),
  (2, 'LAMP-002', 'Floor lamp', 2, 89.00, 14, '{"color": "white", "watt": 14}', 4.1, false, '2023-03-05 10:00:00'),
  (3, 'CHAIR-01', 'Office chair', 3, 249.99, 17, '{"color": "black", "wheels": true}', 4.8, false, '2023-05-01 08:30:00'),
  (4, 'MAT-7', 'Yoga mat, 50% recycled', NULL, 19.50, 0, NULL, NULL, true, '2024-02-01 00:00:00');
INSERT INTO tags VALUES (1, 'new'), (2, 'sale'), (3, 'office');
INSERT INTO product_tags VALUES (1, 2), (1, 3), (2, 2), (3, 3);
INSERT INTO stores VALUES (1, 'Bonn Mitte', 'Bonn', 'West', '2015-03-01'), (2, 'Boston Harbor', 'Boston', 'East', '2018-09-15'), (3, 'Online', NULL, NULL, NULL);
INSERT INTO sales (id, customer_id, store_id, status, placed_at, shipped_at, total, note, shipping, deleted_at) VALUES
  (1001, 1, 1, 'paid', '2024-01-03 09:15:00', NULL, 129.80, 'leave at door', '{"city": "Bonn", "zip": "53111"}', NULL),
  (1002, 1, 3, 'shipped', '2024-01-17 18:40:30', '2024-01-18 08:00:00', 249.99, NULL, '{"city": "Bonn", "zip": "53111"}', NULL),
  (1003, 2, 2, 'new', '2024-02-01 00:00:00', NULL, 59.40, 'gift, 100% wrapped', '{"city": "Boston", "zip": "02101"}', NULL),
  (1004, 3, 3, 'cancelled', '2023-02-10 12:00:00', NULL, 89.00, '', NULL, '2023-02-11 00:00:00'),
  (1005, 4, 3, 'paid', '2023-02-10 12:30:00', '2023-02-12 12:30:00', 19.50, 'fragile', '{"city": "Leeds", "express": true}', NULL);
INSERT INTO sale_lines VALUES (1001, 1, 1, 1, 39.90), (1001, 2, 2, 1, 89.90), (1002, 1, 3, 1, 249.99), (1003, 1, 1, 1, 39.90), (1003, 2, 4, 1, 19.50), (1004, 1, 2, 1, 89.00), (1005, 1, 4, 1, 19.50);
INSERT INTO staff VALUES (1, 'Grace', NULL, 'Company', 9100.00, '2015-03-01'), (2, 'Linus', 1, 'Engineering', 7200.50, '2018-07-15'), (3, 'Barbara', 1, 'Engineering', 7900.00, '2016-01-10'), (4, 'Ken', 2, 'Engineering', 6800.00, '2019-11-30'), (5, 'Joan', 1, 'Support', 5100.25, '2021-05-05');
INSERT INTO inquiries (id, customer_id, subject, body, priority, assignee_id, opened_at, closed_at, deleted_at) VALUES
  (1, 1, 'Lamp flickers', 'It flickers after 10 minutes.', 'high', 5, '2024-01-05 08:00:00', '2024-01-06 09:30:00', NULL),
  (2, 2, 'Where is my order?', NULL, 'normal', 5, '2024-01-20 10:00:00', NULL, NULL), (3, 2, 'Refund', 'Please refund.', 'low', NULL, '2024-02-11 23:59:59', NULL, NULL);
INSERT INTO visits VALUES (1, 1, 'login', '2024-01-03 09:00:00', '{"ip": "10.0.0.1", "ms": 12}'), (2, 1, 'view', '2024-01-03 09:05:00', '{"page": "/p/1"}'), (3, 1, 'view', '2024-01-03 09:45:00', '{"page": "/p/2"}'), (4, 2, 'login', '2024-02-05 10:00:00', '{"ip": "10.0.0.2", "ms": 30}'), (5, 2, 'logout', '2024-02-05 10:20:00', NULL);
INSERT INTO invoices VALUES (1, 1001, 'R-2024-001', '2024-01-03', '2024-02-02', '2024-01-10', 129.80), (2, 1002, 'R-2024-002', '2024-01-17', '2024-02-16', NULL, 249.99);
INSERT INTO refunds VALUES (1, 5, 7.25, 'damaged', '2024-02-12 10:00:00'), (2, 3, 9.99, NULL, '2024-02-13 10:00:00');
INSERT INTO calendar VALUES ('2024-01-01', 1, true), ('2024-01-02', 1, false), ('2024-01-03', 1, false), ('2024-01-04', 1, false);
-- Here the ordinary shop ends.
CREATE TABLE vault.tokens (token int PRIMARY KEY, pan varchar(14) UNIQUE);
INSERT INTO vault.tokens SELECT id, left(pan, 14) FROM cards WHERE id < 4;
-- Tables as Cardea keeps its own, and a view over one.
CREATE TABLE cardea_approvals (id char(26) PRIMARY KEY, version int NOT NULL, state varchar(20) NOT NULL, entry text NOT NULL);
INSERT INTO cardea_approvals VALUES ('01JD0000000000000000000000', 1, 'pending', '{}');
CREATE TABLE vault.cardea_tokens (id varchar(80) PRIMARY KEY, revoked boolean NOT NULL);
CREATE VIEW requests AS SELECT id, state FROM cardea_approvals;
