create type order_status as enum ('new', 'paid', 'shipped', 'cancelled');
create type priority as enum ('low', 'normal', 'high');
create domain email_address as text check (value ~ '@');
create domain positive_amount as numeric(12, 2) check (value >= 0);
create type address as (street text, city text, zip text);
create schema crm;

create table departments (id int primary key, name text not null unique, parent_id int references departments (id));
create table employees (
  id int primary key, name text not null, department_id int references departments (id),
  manager_id int references employees (id), salary numeric(10, 2), hired_on date not null, skills text[] not null default '{}',
  contact email_address, home address, photo bytea, active boolean not null default true);
create table products (
  id int generated always as identity primary key, sku text not null unique, name text not null,
  price positive_amount not null, weight_kg real, rating double precision, tags text[] not null default '{}',
  attributes jsonb not null default '{}', price_with_tax numeric generated always as (price * 1.19) stored,
  available daterange, stock bigint not null default 0, searchable tsvector);
create table "Customers" (
  "id" serial primary key, "firstName" text not null, "lastName" text not null, "createdAt" timestamptz not null default now());
create table customers (id int primary key, name text not null, email text, phone text, ssn text, country char(2), iban text);
create table cards (
  id int primary key, customer_id int not null references customers (id), pan text not null, brand text,
  exp_month int, exp_year int, cvv text);
create table orders (
  id bigint primary key, customer_id int not null references customers (id), status order_status not null default 'new',
  placed_at timestamptz not null, total numeric(12, 2) not null, reference uuid not null, note text,
  shipping jsonb, order_number text not null, epoch_ms bigint not null);
create table order_items (
  order_id bigint not null references orders (id), line int not null, product_id int not null references products (id),
  quantity int not null check (quantity > 0), unit_price numeric(12, 2) not null, primary key (order_id, line));
create table payments (
  id int primary key, order_id bigint references orders (id), card_id int references cards (id), amount numeric(12, 2) not null,
  paid_at timestamptz, status text not null default 'pending');
create table tickets (
  id uuid primary key default gen_random_uuid(), subject text not null, body text, prio priority not null default 'normal',
  opened_at timestamp not null, closed_at timestamp, assignee_id int references employees (id), labels text[], seen_from inet,
  during tstzrange, spent interval);
create table crm.leads (id serial primary key, company text not null, score int, source text, meta json);
create table settings (key text primary key, value jsonb not null, updated_at timestamptz not null default '2024-01-01Z');
create table events (
  id bigint not null, happened_at timestamptz not null, kind text not null, payload jsonb, device macaddr, client cidr)
  partition by range (happened_at);
create table events_2024_01 partition of events for values from ('2024-01-01Z') to ('2024-02-01Z');
create table events_2024_02 partition of events for values from ('2024-02-01Z') to ('2024-03-01Z');
create table documents (id int primary key, title text not null);
create table invoices (due date, gross money, checksum bit(8)) inherits (documents);
create view open_orders as select id, customer_id, placed_at, total from orders where status in ('new', 'paid');
create view revenue_by_day as
  select date_trunc('day', placed_at at time zone 'UTC')::date as day, count(*) as orders, sum(total) as revenue
  from orders where status <> 'cancelled' group by 1;
create view customer_cards as select c.id, c.name, k.pan, k.brand from customers c join cards k on k.customer_id = c.id;
create materialized view top_products as
  select p.id, p.name, sum(i.quantity) as sold from products p join order_items i on i.product_id = p.id group by p.id, p.name;
create index orders_placed on orders (placed_at);
create index products_search on products using gin (searchable);
comment on table orders is 'What customers ordered';
comment on column orders.total is 'Gross, in EUR';

insert into departments values (1, 'Company', null), (2, 'Engineering', 1), (3, 'Support', 1), (4, 'Platform', 2);
insert into employees values
  (1, 'Grace', 1, null, 9100.00, '2015-03-01', '{leadership}', 'grace@corp.test', row('1 Main St', 'Bonn', '53111'), '\x00ff10', true),
  (2, 'Linus', 2, 1, 7200.50, '2018-07-15', '{c,git}', 'linus@corp.test', null, null, true),
  (3, 'Barbara', 2, 1, 7900.00, '2016-01-10', '{clu,proofs}', null, row('2 Elm St', 'Köln', '50667'), '\xdeadbeef', true),
  (4, 'Ken', 4, 2, 6800.00, '2019-11-30', '{unix}', 'ken@corp.test', null, null, false),
  (5, 'Joan', 3, 1, 5100.25, '2021-05-05', '{}', 'joan@corp.test', null, null, true);
insert into products (sku, name, price, weight_kg, rating, tags, attributes, available, stock) values
  ('LAMP-001', 'Desk lamp', 39.90, 1.2, 4.5, '{light,desk}', '{"color": "black", "watt": 9, "dims": {"h": 40, "w": 12}}', '[2023-01-01,2025-01-01)', 120),
  ('LAMP-002', 'Floor lamp', 89.00, 4.75, 4.1, '{light}', '{"color": "white", "watt": 14}', '[2023-06-01,)', 9007199254740993),
  ('CHAIR-01', 'Office chair', 249.99, 13, 4.8, '{desk,seat}', '{"color": "black", "wheels": true}', null, 17),
  ('MAT-7', 'Yoga mat, 50% recycled', 19.50, 0.9, null, '{}', '{"sizes": ["S", "M"], "discount": null}', 'empty', 0);
update products set searchable = to_tsvector('english', name);
insert into "Customers" ("firstName", "lastName", "createdAt") values
  ('Ada', 'Byron', '2023-01-02Z'), ('Bo', 'Diaz', '2023-02-03Z'), ('Zoë', 'O''Neil', '2023-03-04Z');
insert into customers values
  (1, 'Ada Byron', 'ada@example.test', '+49 171 2345678', '123-45-6789', 'DE', 'DE89370400440532013000'),
  (2, 'Bo Diaz', 'bo@example.test', '+1-202-555-0143', '234-56-7890', 'US', 'GB29NWBK60161331926819'),
  (3, 'Chi Eze', null, null, '345-67-8901', 'NG', null),
  (4, 'Dee Fox', 'dee@example.test', '+44 20 7946 0958', '456-78-9012', 'GB', 'FR1420041010050500013M02606');
insert into cards values
  (1, 1, '4111111111111111', 'visa', 12, 2030, '123'), (2, 2, '5555555555554444', 'mastercard', 11, 2029, '456'),
  (3, 3, '378282246310005', 'amex', 10, 2031, '7890');
insert into orders values
  (1001, 1, 'paid', '2024-01-03 09:15:00Z', 129.80, '0b7d2c1e-5c0e-4d6a-9e44-3c1f5c2a9d01', 'leave at door', '{"city": "Bonn", "zip": "53111"}', 'ORD-2024-000001', 1704273300000),
  (1002, 1, 'shipped', '2024-01-17 18:40:30Z', 249.99, '4f5c2a9d-0b7d-4c1e-8c0e-1d6a9e443c1f', null, '{"city": "Bonn", "zip": "53111"}', 'ORD-2024-000002', 1705516830000),
  (1003, 2, 'new', '2024-02-01 00:00:00Z', 59.40, '9d013c1f-5c2a-4b7d-ac1e-5c0e4d6a9e44', 'gift, 100% wrapped', '{"city": "Boston", "zip": "02101"}', '202402010000001003', 1706745600000),
  (1004, 3, 'cancelled', '2024-02-10 12:00:00.123Z', 89.00, '11111111-1111-4111-8111-111111111111', '', null, 'ORD-2024-000004', 1707566400123),
  (1005, 4, 'paid', '2024-02-10 12:30:00Z', 19.50, '22222222-2222-4222-8222-222222222222', 'call +44 20 7946 0958', '{"city": "Leeds", "express": true}', '7012024021000005', 1707568200000);
insert into order_items values
  (1001, 1, 1, 1, 39.90), (1001, 2, 2, 1, 89.90), (1002, 1, 3, 1, 249.99), (1003, 1, 1, 1, 39.90), (1003, 2, 4, 1, 19.50),
  (1004, 1, 2, 1, 89.00), (1005, 1, 4, 1, 19.50);
insert into payments values
  (1, 1001, 1, 129.80, '2024-01-03 09:16:00Z', 'settled'), (2, 1002, 1, 249.99, '2024-01-17 18:41:00Z', 'settled'),
  (3, 1003, 2, 59.40, null, 'pending'), (4, 1004, 3, 89.00, '2024-02-10 12:01:00Z', 'refunded'), (5, 1005, null, 19.50, '2024-02-10 12:31:00Z', 'settled');
insert into tickets values
  ('aaaaaaaa-0000-4000-8000-000000000001', 'Lamp flickers', 'It flickers after 10 minutes.', 'high', '2024-01-05 08:00', '2024-01-06 09:30', 5, '{lamp,warranty}', '192.168.1.20', '[2024-01-05 08:00Z,2024-01-06 09:30Z)', '1 day 01:30:00'),
  ('aaaaaaaa-0000-4000-8000-000000000002', 'Where is my order?', null, 'normal', '2024-01-20 10:00', null, 5, null, '10.0.0.7/24', null, '00:12:00'),
  ('aaaaaaaa-0000-4000-8000-000000000003', 'Refund', E'Please\nrefund.', 'low', '2024-02-11 23:59:59.999', null, null, '{}', '2001:db8::1', '[2024-02-11 23:59Z,)', null);
insert into crm.leads (company, score, source, meta) values
  ('Initech', 40, 'fair', '{"b": 1, "a": [1, 2]}'), ('Hooli', 75, 'web', null), ('Umbrella', null, 'web', '{}');
insert into settings (key, value) values ('vat', '0.19'), ('features', '{"beta": ["x"], "max": 12345678901234567890}');
insert into events values
  (1, '2024-01-03 09:00Z', 'login', '{"ip": "10.0.0.1", "ms": 12}', '08:00:2b:01:02:03', '10.0.0.0/8'),
  (2, '2024-01-03 09:05Z', 'view', '{"page": "/p/1"}', null, null), (3, '2024-01-03 09:45Z', 'view', '{"page": "/p/2"}', null, null),
  (4, '2024-02-05 10:00Z', 'login', '{"ip": "10.0.0.2", "ms": 30}', null, '192.168.0.0/16'), (5, '2024-02-05 10:20Z', 'logout', null, null, null);
insert into documents values (1, 'Handbook');
insert into invoices values (2, 'Invoice 2', '2024-03-01', 1234.56, B'10100101');
refresh materialized view top_products;
