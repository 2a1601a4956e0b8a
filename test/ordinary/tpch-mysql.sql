-- The tables of TPC-H with a few rows, on MariaDB. Nothing in it is labelled.
CREATE TABLE region (r_regionkey int PRIMARY KEY, r_name char(25) NOT NULL, r_comment varchar(152));
CREATE TABLE nation (n_nationkey int PRIMARY KEY, n_name char(25) NOT NULL, n_regionkey int NOT NULL REFERENCES region (r_regionkey), n_comment varchar(152));
CREATE TABLE part (
  p_partkey int PRIMARY KEY, p_name varchar(55) NOT NULL, p_mfgr char(25) NOT NULL, p_brand char(10) NOT NULL, p_type varchar(25) NOT NULL,
  p_size int NOT NULL, p_container char(10) NOT NULL, p_retailprice decimal(15,2) NOT NULL, p_comment varchar(23) NOT NULL);
CREATE TABLE supplier (
  s_suppkey int PRIMARY KEY, s_name char(25) NOT NULL, s_address varchar(40) NOT NULL, s_nationkey int NOT NULL REFERENCES nation (n_nationkey),
  s_phone char(15) NOT NULL, s_acctbal decimal(15,2) NOT NULL, s_comment varchar(101) NOT NULL);
CREATE TABLE partsupp (
  ps_partkey int NOT NULL REFERENCES part (p_partkey), ps_suppkey int NOT NULL REFERENCES supplier (s_suppkey), ps_availqty int NOT NULL,
  ps_supplycost decimal(15,2) NOT NULL, ps_comment varchar(199) NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey));
CREATE TABLE customer (
  c_custkey int PRIMARY KEY, c_name varchar(25) NOT NULL, c_address varchar(40) NOT NULL, c_nationkey int NOT NULL REFERENCES nation (n_nationkey),
  c_phone char(15) NOT NULL, c_acctbal decimal(15,2) NOT NULL, c_mktsegment char(10) NOT NULL, c_comment varchar(117) NOT NULL);
CREATE TABLE orders (
  o_orderkey int PRIMARY KEY, o_custkey int NOT NULL REFERENCES customer (c_custkey), o_orderstatus char(1) NOT NULL, o_totalprice decimal(15,2) NOT NULL,
  o_orderdate date NOT NULL, o_orderpriority char(15) NOT NULL, o_clerk char(15) NOT NULL, o_shippriority int NOT NULL, o_comment varchar(79) NOT NULL);
CREATE TABLE lineitem (
  l_orderkey int NOT NULL REFERENCES orders (o_orderkey), l_partkey int NOT NULL, l_suppkey int NOT NULL, l_linenumber int NOT NULL,
  l_quantity decimal(15,2) NOT NULL, l_extendedprice decimal(15,2) NOT NULL, l_discount decimal(15,2) NOT NULL, l_tax decimal(15,2) NOT NULL,
  l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
  l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL, PRIMARY KEY (l_orderkey, l_linenumber));
INSERT INTO region VALUES (1, 'EUROPE', NULL), (2, 'ASIA', NULL);
INSERT INTO nation VALUES (1, 'FRANCE', 1, NULL), (2, 'GERMANY', 1, NULL), (3, 'INDIA', 2, NULL);
INSERT INTO part VALUES (1, 'forest green lamp', 'Maker 1', 'Brand#12', 'PROMO BRASS', 15, 'SM BOX', 901.00, 'plain'), (2, 'red chair', 'Maker 2', 'Brand#45', 'LARGE STEEL', 49, 'MED BAG', 1201.00, 'plain');
INSERT INTO supplier VALUES (1, 'Supplier 1', '1 Quay', 1, '33-111', 700.00, 'quick'), (2, 'Supplier 2', '2 Quay', 2, '49-222', -20.00, 'slow');
INSERT INTO partsupp VALUES (1, 1, 300, 12.00, 'x'), (1, 2, 40, 13.00, 'x'), (2, 2, 900, 5.00, 'x');
INSERT INTO customer VALUES (1, 'Customer 1', 'a', 1, '33-999', 500.00, 'BUILDING', 'x'), (2, 'Customer 2', 'b', 3, '13-888', 900.00, 'MACHINERY', 'y');
INSERT INTO orders VALUES (1, 1, 'F', 1500.00, '1994-03-05', '1-URGENT', 'Clerk 1', 0, 'x'), (2, 2, 'O', 700.00, '1995-09-01', '5-LOW', 'Clerk 2', 0, 'y');
INSERT INTO lineitem VALUES (1, 1, 1, 1, 20, 1000.00, 0.06, 0.02, 'R', 'F', '1994-03-20', '1994-04-01', '1994-04-10', 'DELIVER IN PERSON', 'MAIL', 'x'),
  (1, 2, 2, 2, 5, 500.00, 0.00, 0.02, 'N', 'O', '1995-09-10', '1995-09-20', '1995-09-15', 'NONE', 'AIR', 'x'), (2, 1, 2, 1, 7, 700.00, 0.10, 0.00, 'N', 'O', '1995-09-11', '1995-09-12', '1995-09-30', 'NONE', 'SHIP', 'y');
