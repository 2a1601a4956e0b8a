/** Names with the schema, or on MariaDB the database, in front, as clients with a catalog browser write them. */
import type { EngineName } from '../support/twins.js'

export function qualifiedStatements(engine: EngineName, database: string): readonly string[] {
  const home = engine === 'postgres' ? 'public' : database
  const quoted = engine === 'mysql' ? (name: string) => `\`${name}\`` : (name: string) => `"${name}"`
  return [...everywhere(home, quoted), ...OF_ONE[engine](home)]
}

type Quote = (name: string) => string

function everywhere(home: string, quoted: Quote): readonly string[] {
  return [
    `select count(*) from ${home}.customers`,
    `select * from ${quoted(home)}.${quoted('stores')} limit 200`,
    `select c.name, o.total from ${home}.customers c join ${home}.sales o on o.customer_id = c.id`,
    `select ${home}.sales.id, ${home}.sales.total from ${home}.sales where ${home}.sales.status = 'paid' order by ${home}.sales.id`,
    `select sales.status, count(*) from ${home}.sales group by sales.status`,
    `select id from ${home}.order_summary where customer_id in (select id from ${home}.customers)`,
    `explain select id from ${home}.payments where id = 1`,
  ]
}

const OF_ONE: Readonly<Record<EngineName, (home: string) => readonly string[]>> = {
  postgres: home => [
    `select "${home}"."sales".* from "${home}"."sales" where id = 1001`,
    `select * from ${home}.active_tickets`,
    `select column_name from information_schema.columns where table_schema = '${home}' and table_name = 'sales'`,
    `select '${home}.sales'::regclass::text`,
  ],
  mysql: home => [
    `select \`${home}\`.\`sales\`.* from \`${home}\`.\`sales\` where id = 1001`,
    `show tables from ${home}`,
    `SHOW FULL TABLES FROM \`${home}\` LIKE 'sale%'`,
    `SHOW FULL TABLES IN \`${home}\` WHERE Table_type = 'VIEW'`,
    `show columns from sales from ${home}`,
    `SHOW FULL COLUMNS FROM \`sales\` FROM \`${home}\``,
    `show columns in ${home}.sales`,
    `describe ${home}.sales`,
    `SHOW CREATE TABLE \`${home}\`.\`sales\``,
    `SHOW INDEX FROM \`sales\` FROM \`${home}\``,
    `show index from ${home}.sales`,
    `select table_name, table_type from information_schema.tables where table_schema = '${home}'`,
    `select * from ${home}.sales s inner join ${home}.stores using (id)`,
  ],
  sqlite: home => [
    `select name from ${home}.sqlite_master where type = 'table'`,
    `pragma ${home}.table_info(sales)`,
    `pragma ${home}.foreign_key_list('sale_lines')`,
    `pragma ${home}.index_list(sales)`,
    `select rowid, ${home}.sales.id from ${home}.sales`,
    `select name from pragma_table_info('sales', '${home}')`,
  ],
}
