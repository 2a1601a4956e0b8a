/** Built-ins that only some arguments make harmless, as a whole statement is analysed. */
import { expect, test } from '@jest/globals'
import { loadAnalyzer } from '../../../src/analysis/analyze.js'
import type { Catalog } from '../../../src/model/catalog.js'
import type { Dialect } from '../../../src/model/dialect.js'
import type { FunctionUse } from '../../../src/model/facts.js'
import type { Identified } from '../../../src/model/progress.js'

const analyzer = await loadAnalyzer()

function called(dialect: Dialect, statement: string): readonly FunctionUse[] {
  const catalog: Catalog = { dialect, version: 'v1', searchPath: ['main'], relations: [], routines: [] }
  const submission = { statement, dialect, bindings: ['%1000000000d'] }
  const { facts } = analyzer.analyze({ submission, principal: {} } as unknown as Identified, catalog)
  if (!facts.analyzable) throw new Error(facts.reason)
  return facts.functions
}

test.each<[Dialect, string]>([
  ['mysql', 'select last_insert_id()'],
  ['mysql', 'select @@version, @@session.sql_mode, @@global.max_allowed_packet'],
  ['sqlite', 'select lower(hex(randomblob(16)))'],
  ['sqlite', "select printf('%.2f %s', 1, 'a')"],
  ['postgres', "select to_char(now(), 'YYYY')"],
])('%s: %s calls reviewed functions only', (dialect, statement) => {
  const functions = called(dialect, statement)
  expect(functions.length).toBeGreaterThan(0)
  expect(functions.filter(use => use.standing !== 'listed')).toEqual([])
})

test.each<[Dialect, string, because: string]>([
  ['mysql', 'select last_insert_id(5)', 'with an argument it sets a value of the session'],
  ['mysql', 'select sleep(1)', 'it holds up the server'],
  ['mysql', 'select @x', 'a variable of the session'],
  ['mysql', 'select @@datadir', 'how the server is set up'],
  ['mysql', "select load_file('/etc/passwd')", 'files of the server'],
  ['sqlite', 'select randomblob(1000000000)', 'not a small constant'],
  ['sqlite', "select printf('%1000000000d', 1)", 'very wide fields'],
  ['sqlite', 'select format(?, 1)', 'no constant'],
  ['sqlite', "select load_extension('x')", 'it loads code'],
  ['postgres', "select current_setting('data_directory')", 'settings of the server'],
  ['postgres', "select query_to_xml('select 1', true, true, '')", 'runs the text it is given'],
  ['postgres', "select pg_read_file('PG_VERSION')", 'files of the server'],
  ['postgres', 'select pg_sleep(1)', 'it holds up the server'],
])('%s: %s calls one that is refused, with its reason', (dialect, statement, because) => {
  const refused = called(dialect, statement).filter(use => use.standing !== 'listed')
  expect(refused).toHaveLength(1)
  expect(refused[0]?.because).toContain(because)
})
