/** Reads in the very shape in which Prisma, SQLAlchemy, Drizzle, TypeORM, Django and psycopg programs send them. */
import { sameReads } from './reads.js'

sameReads('ORM reads', {
  Prisma: [
    [
      'SELECT "public"."orders"."id", "public"."orders"."customer_id", "public"."orders"."status"::text, "public"."orders"."total" FROM "public"."orders" WHERE ("public"."orders"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3',
      1001,
      1,
      0,
    ],
    [
      'SELECT "public"."orders"."id" FROM "public"."orders" WHERE "public"."orders"."status" = CAST($1::text AS "public"."order_status") ORDER BY "public"."orders"."placed_at" DESC LIMIT $2 OFFSET $3',
      'paid',
      10,
      0,
    ],
    [
      'SELECT "public"."order_items"."order_id", "public"."order_items"."line" FROM "public"."order_items" WHERE "public"."order_items"."order_id" IN ($1,$2,$3) ORDER BY 1, 2 OFFSET $4',
      1001,
      1002,
      1003,
      0,
    ],
    [
      'SELECT COUNT(*) FROM (SELECT "public"."orders"."id" FROM "public"."orders" WHERE 1=1 OFFSET $1) AS "sub"',
      0,
    ],
    [
      'SELECT COUNT(*) AS "_count._all", SUM("public"."orders"."total") AS "_sum.total", "public"."orders"."customer_id" FROM "public"."orders" WHERE 1=1 GROUP BY "public"."orders"."customer_id" ORDER BY 3 OFFSET $1',
      0,
    ],
    [
      'SELECT "t0"."id", "t0"."name", "t0_orders"."__prisma_data__" AS "orders" FROM "public"."customers" AS "t0" LEFT JOIN LATERAL (SELECT COALESCE(JSONB_AGG("__prisma_data__"), \'[]\') AS "__prisma_data__" FROM (SELECT "t3"."__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT(\'id\', "t2"."id", \'total\', "t2"."total") AS "__prisma_data__" FROM (SELECT "t1".* FROM "public"."orders" AS "t1" WHERE "t0"."id" = "t1"."customer_id" ORDER BY "t1"."id") AS "t2") AS "t3") AS "t4") AS "t0_orders" ON TRUE ORDER BY "t0"."id" LIMIT $1',
      10,
    ],
    [
      'SELECT "public"."customers"."id" FROM "public"."customers" WHERE ("public"."customers"."id") IN (SELECT "t1"."customer_id" FROM "public"."orders" AS "t1" WHERE ("t1"."total" > $1 AND "t1"."customer_id" IS NOT NULL)) ORDER BY 1',
      100,
    ],
    [
      'SELECT "public"."customers"."name"::text FROM "public"."customers" WHERE "public"."customers"."name"::text ILIKE $1',
      'a%',
    ],
    [
      'SELECT "public"."tickets"."id"::text, "public"."tickets"."labels" FROM "public"."tickets" WHERE "public"."tickets"."id" = $1',
      'aaaaaaaa-0000-4000-8000-000000000001',
    ],
  ],
  SQLAlchemy: [
    [
      'SELECT orders.id AS orders_id, orders.total AS orders_total, customers_1.id AS customers_1_id, customers_1.name AS customers_1_name \nFROM orders LEFT OUTER JOIN customers AS customers_1 ON customers_1.id = orders.customer_id \nWHERE orders.total > $1::NUMERIC ORDER BY orders.id \n LIMIT $2::INTEGER',
      50,
      10,
    ],
    [
      'SELECT orders.id, orders.status FROM orders WHERE orders.status = $1::order_status ORDER BY orders.id',
      'paid',
    ],
    [
      'SELECT count(*) AS count_1 \nFROM (SELECT orders.id AS orders_id FROM orders WHERE orders.customer_id = $1::INTEGER) AS anon_1',
      1,
    ],
    [
      'SELECT orders.customer_id AS orders_customer_id, orders.id AS orders_id FROM orders WHERE orders.customer_id IN ($1::INTEGER, $2::INTEGER) ORDER BY 1, 2',
      1,
      2,
    ],
    [
      'SELECT anon_1.customer_id, anon_1.row_number FROM (SELECT orders.customer_id AS customer_id, row_number() OVER (PARTITION BY orders.customer_id ORDER BY orders.total DESC) AS row_number FROM orders) AS anon_1 WHERE anon_1.row_number = $1::INTEGER ORDER BY 1',
      1,
    ],
    ['SELECT EXISTS (SELECT 1 FROM orders WHERE orders.id = $1::BIGINT) AS anon_1', 1001],
    [
      'SELECT products.id FROM products WHERE (products.attributes ->> $1::VARCHAR) = $2::VARCHAR',
      'color',
      'white',
    ],
    [
      'SELECT CAST(date_trunc($1::VARCHAR, orders.placed_at) AS DATE) AS day, sum(orders.total) AS total FROM orders GROUP BY day ORDER BY day',
      'day',
    ],
  ],
  Drizzle: [
    [
      'select "id", "customer_id", "status", "total" from "orders" where ("orders"."customer_id" = $1 and "orders"."total" >= $2) order by "orders"."placed_at" desc limit $3',
      1,
      '10.00',
      5,
    ],
    [
      'select "c"."id", "c"."name", "c_orders"."data" as "orders" from "customers" "c" left join lateral (select coalesce(json_agg(json_build_array("c_orders"."id", "c_orders"."total") order by "c_orders"."id"), \'[]\'::json) as "data" from "orders" "c_orders" where "c_orders"."customer_id" = "c"."id") "c_orders" on true order by "c"."id"',
    ],
    'select count(*)::int from "orders"',
    'with "sq" as (select "id", "total" from "orders" where "total" > 50) select "id" from "sq" order by "id"',
    [
      '(select "id" from "orders" where "id" = $1) union (select "id"::bigint from "products" where "id" = $2) order by 1',
      1001,
      1,
    ],
  ],
  'TypeORM and Django': [
    [
      'SELECT "Order"."id" AS "Order_id", "Order"."total" AS "Order_total", "customer"."name" AS "customer_name" FROM "orders" "Order" LEFT JOIN "customers" "customer" ON "customer"."id"="Order"."customer_id" WHERE (("Order"."id" = $1)) LIMIT 1',
      1001,
    ],
    [
      'SELECT DISTINCT "distinctAlias"."Order_id" AS "ids_Order_id" FROM (SELECT "Order"."id" AS "Order_id" FROM "orders" "Order" LEFT JOIN "order_items" "i" ON "i"."order_id"="Order"."id") "distinctAlias" ORDER BY "Order_id" ASC LIMIT 2',
    ],
    [
      'SELECT COUNT(DISTINCT("Order"."id")) AS "cnt" FROM "orders" "Order" WHERE "Order"."status" IN ($1, $2)',
      'paid',
      'new',
    ],
    [
      'SELECT "orders"."id", "orders"."total" FROM "orders" WHERE ("orders"."placed_at" AT TIME ZONE $1)::date = $2 ORDER BY "orders"."id" ASC LIMIT 21',
      'UTC',
      '2024-02-10',
    ],
    ['SELECT 1 AS "a" FROM "orders" WHERE "orders"."note"::text LIKE $1 LIMIT 1', '%door%'],
    [
      'SELECT "orders"."customer_id", SUM("orders"."total") AS "spent", COUNT(CASE WHEN "orders"."total" > $1 THEN $2 ELSE NULL END) AS "large" FROM "orders" GROUP BY "orders"."customer_id" HAVING SUM("orders"."total") > $3 ORDER BY "spent" DESC',
      100,
      1,
      20,
    ],
    [
      'SELECT "customers"."id" FROM "customers" WHERE UPPER("customers"."name"::text) LIKE UPPER($1) ORDER BY 1',
      'ada%',
    ],
    [
      'SELECT (EXTRACT(\'month\' FROM "orders"."placed_at" AT TIME ZONE $1)) AS "month", COUNT(*) AS "n" FROM "orders" GROUP BY 1 ORDER BY 1',
      'UTC',
    ],
  ],
  'Rails and others': [
    [
      'SELECT "orders".* FROM "orders" WHERE "orders"."customer_id" = $1 ORDER BY "orders"."id" ASC LIMIT $2',
      1,
      1,
    ],
    [
      'SELECT COUNT(*) FROM "orders" INNER JOIN "customers" ON "customers"."id" = "orders"."customer_id" WHERE "customers"."country" = $1',
      'DE',
    ],
    ['SELECT "orders"."total" FROM "orders" WHERE ("orders"."id" BETWEEN $1 AND $2) ORDER BY 1', 1001, 1003],
    [
      'select o1_0.id,o1_0.total from orders o1_0 where o1_0.customer_id=$1 order by o1_0.id fetch first $2 rows only',
      1,
      5,
    ],
    ['SELECT o.id, o.total FROM orders AS o WHERE o.total > $1 ORDER BY o.id LIMIT $2 OFFSET $3', 20, 2, 1],
    [
      'select c.id, (select json_agg(agg) from (select o.id from orders o where o.customer_id = c.id order by o.id) agg) as orders from customers c order by c.id limit $1',
      2,
    ],
  ],
})
