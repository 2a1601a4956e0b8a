/** Through the MySQL door to MySQL proper: types that MariaDB lacks, settings, and MySQL's own client. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import { openWire, type Wire } from '../../enforcement/mysql/wire.js'
import { PAN } from '../../support/billing.js'
import { describeMariadb } from '../../support/databases.js'
import { mysqlProgram } from '../../support/servers/mysql.js'
import { mysqlTree } from '../../support/servers/mysql-download.js'

const TABLES = `
create table cards (id int primary key, pan varchar(32));
insert into cards values (1, '${PAN}');
create table every (id int primary key, numbers vector(3), shape geometry, few bit(12), doc json, folded varchar(60) collate utf8mb4_0900_ai_ci, bytes varbinary(40), kind enum('a', 'b'), at datetime(6), whole bigint unsigned);
insert into every values (1, string_to_vector('[1,2.5,-3]'), st_geomfromtext('POINT(1 2)'), b'101', '{"a":[1,"x",null]}', 'zwölf € 😀', x'00ff', 'b', '2026-11-29 12:34:56.789012', 18446744073709551615);
insert into every values (2, null, st_geomfromtext('POLYGON((0 0,1 0,1 1,0 0))', 4326), null, '{"card":"${PAN}","n":[${PAN}]}', 'card ${PAN}', '${PAN}', null, null, ${PAN});
`

const read = (from: mysql.Connection, way: 'query' | 'execute', sql: string) =>
  way === 'query' ? from.query(sql) : from.execute(sql)

describeMariadb('the MySQL door before MySQL', () => {
  let wire: Wire
  let client: mysql.Connection
  let direct: mysql.Connection
  beforeAll(async () => {
    wire = await openWire({ tables: TABLES })
    client = await wire.connect()
    // The door's own sessions have the server's collation of utf8mb4.
    direct = await mysql.createConnection({ uri: wire.database.url, charset: 'utf8mb4_0900_ai_ci' })
  }, 120_000)
  afterAll(async () => {
    await direct.end()
    await wire.close()
  })

  test.each([['query'], ['execute']] as const)(
    'every cell without a card is the server’s own: %s',
    async way => {
      const sql = 'select * from every where id = 1'
      const [[own, ownFields], [rows, fields]] = await Promise.all([
        read(direct, way, sql),
        read(client, way, sql),
      ])
      expect(rows).toEqual(own)
      const told = (list: typeof fields) =>
        list.map(({ name, columnType, characterSet, flags }) => ({ name, columnType, characterSet, flags }))
      expect(told(fields)).toEqual(told(ownFields))
    },
  )

  test.each([['query'], ['execute']] as const)('cards are found in every type: %s', async way => {
    const [rows] = await read(client, way, 'select * from every where id = 2')
    expect(
      JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain(PAN)
    const [first] = rows as Record<string, unknown>[]
    expect(first).toMatchObject({ folded: 'card 411111******1111', doc: { card: '411111******1111' } })
    expect(
      Buffer.isBuffer(first?.['bytes']) ? first['bytes'].toString('latin1') : first?.['bytes'],
    ).not.toContain(PAN)
  })

  test.each([
    ["set sql_mode = 'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY'", true],
    ['set names utf8mb4 collate utf8mb4_0900_ai_ci', true],
    ['set session transaction isolation level read committed', true],
    ["set time_zone = '+02:00'", true],
    ['set autocommit = 1', true],
    ["set sql_mode = 'ANSI_QUOTES'", false],
    ["set explain_format = 'JSON'", false],
    ["set optimizer_trace = 'enabled=on'", false],
    ["set session_track_system_variables = '*'", false],
    ['set resource group x', false],
    ['set global max_connections = 5', false],
  ])('%s passes: %s', async (sql, passes) => {
    const own = await wire.connect()
    const done = await own.query(sql).then(
      () => true,
      () => false,
    )
    expect(done).toBe(passes)
    expect((await own.query('select "text" as x'))[0]).toEqual([{ x: 'text' }])
    await own.end()
  })

  test('MySQL’s own client reads masked rows, and hears why it is refused', async () => {
    const [loader, ...begin] = mysqlProgram(await mysqlTree(), 'bin/mysql')
    const ask = async (sql: string) => {
      const login = [
        '--no-defaults',
        '-h127.0.0.1',
        `-P${wire.port}`,
        '-ubot',
        '--ssl-mode=DISABLED',
        '--get-server-public-key',
      ]
      const options = { env: { ...process.env, MYSQL_PWD: 'any' } }
      return promisify(execFile)(loader, [...begin, ...login, '-e', sql, 'billing'], options).then(
        ({ stdout }) => stdout,
        (error: { stderr: string }) => error.stderr,
      )
    }
    expect(await ask('select id, pan from cards')).toBe('id\tpan\n1\t411111******1111\n')
    expect(await ask("select id from cards where pan like '4%'")).toMatch(/ERROR 1142 \(42000\).*pci\//s)
    expect(await ask('show tables')).toBe(`Tables_in_${wire.database.database}\ncards\nevery\n`)
    expect(await ask('select doc from every where id = 2')).not.toContain(PAN)
  })
})
