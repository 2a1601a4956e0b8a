/** Twins A and B differ in protected characters only: whatever an agent calls, it reads the same text on both. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { approve, holds, openHouse, type TestHouse } from '../../main-job/house.js'
import { describePostgres } from '../../support/databases.js'
import { workbenchOf } from './desk.js'

const PANS = [
  '4111111111111111',
  '4111112998091111',
  '5555555555554444',
  '378282246310005',
  '6212348977359580003',
]

const STATEMENTS = [
  'select id, pan, brand from cards order by id',
  'select pan as a, pan as a from cards order by id',
  'select * from customers order by id',
  'select id, note from payments order by id',
  'select json_agg(note order by id) from payments',
  'select min(pan), max(pan) from cards',
  'select md5(pan) from cards order by id',
  'select cvv from cards',
  'select id from cards order by pan limit 1',
  "select count(*) from cards where pan like '41111111%'",
  "select id from cards where pan = '4111111111111111'",
  'select cast(note as int) from payments',
  'select 1 / (length(note) - length(note)) from payments',
  'select array_agg(note), convert_to(min(note), $$UTF8$$) from payments',
  'update cards set brand = pan where id = 1 returning brand',
  "insert into cards values (1, 1, '4111111111111111')",
  'explain select pan from cards',
  'select pan from cards; select 1',
]

const CALLS: readonly (readonly [string, unknown])[] = [
  ['list_tables', {}],
  ['describe_table', { table: 'cards' }],
  ['describe_table', { table: 'payments' }],
  ['approval_status', { approval_id: '4111111111111111' }],
  ...STATEMENTS.flatMap(sql =>
    ['query', 'execute', 'explain_policy'].map((tool): readonly [string, unknown] => [tool, { sql }]),
  ),
  ['query', { sql: 'select id from customers where ssn = $1', params: ['123-45-6789'] }],
  ['query', { sql: 'select note from payments order by id', max_rows: 3 }],
]

describePostgres('the workbench over twins', () => {
  let twins: readonly [TestHouse, TestHouse]
  beforeAll(async () => {
    const [a, b] = await Promise.all(
      (['A', 'B'] as const).map(twin => openHouse({ twin, approval: approve })),
    )
    if (a === undefined || b === undefined) throw new Error('There are no twins.')
    twins = [a, b]
  })
  afterAll(() => Promise.all(twins.map(house => house.close())))

  /** Decisions have ids of their own. */
  const told = async (house: TestHouse, name: string, args: unknown): Promise<string> => {
    const { result, is_error } = await workbenchOf(house).callTool(name, args)
    const text = result.map(({ content }) => content).join()
    return `${is_error} ${text.replace(/"decision_id":"[0-9A-Z]{26}"/g, '"decision_id":"…"')}`
  }

  test.each(CALLS)('%s %j', async (name, args) => {
    const [a, b] = [await told(twins[0], name, args), await told(twins[1], name, args)]
    expect(a).toBe(b)
    for (const pan of PANS) expect(holds(a, pan)).toBe(false)
  })

  test('reads the rows at all', async () => {
    expect(await told(twins[0], 'query', { sql: STATEMENTS[0] })).toContain('411111******1111')
  })
})
