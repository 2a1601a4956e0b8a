create table customers (id int primary key, name text not null, email text, ssn text);
create table cards (
  id int primary key, customer_id int not null, pan text not null, exp_month int, exp_year int, cvv text, brand text
);
create table payments (id int primary key, card_id int not null, amount numeric, status text, note text);
create table tokens (token uuid primary key, pan text not null);
create table seats ("row" int not null, seat int not null, holder text, primary key ("row", seat));
create table events (id bigint primary key, at timestamptz not null, kind text not null, body jsonb, tags text[]);
create view card_view as select cards.id, cards.pan as number, cards.brand from cards;
create view card_tail as select v.id, "right"(v.number, 4) as tail from card_view v;
create schema vault;
create table vault.archive (id int, pan text);
