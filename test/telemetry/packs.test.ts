/** What a policy asks detectors for is in no span, wherever somebody wrote it: names, call ids, trace states. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { GovernedWorkbench } from '../../src/agents/autogen.js'
import type { Statements } from '../../src/model/statements.js'
import { alice, openHouse, POLICY, type TestHouse } from '../main-job/house.js'
import { describePostgres } from '../support/databases.js'
import { keepSpans } from './spans.js'

const PAN = '4111111111111111'
const MAIL = 'ada.lovelace@corp.example'
const SSN = '123-45-6789'
const IBAN = 'DE89370400440532013000'
const SECRETS = [PAN, MAIL, SSN, IBAN]
const disguised = (text: string): readonly string[] => [
  text,
  Buffer.from(text).toString('base64'),
  Buffer.from(text).toString('hex'),
]
const HIDDEN = SECRETS.flatMap(disguised)

describePostgres('spans', () => {
  const spans = keepSpans()
  let house: TestHouse
  let statements: Statements

  beforeAll(async () => {
    house = await openHouse({
      policy: `${POLICY}\ndetect: [email, ssn, iban]\n`,
      setup: `create table "${MAIL}" (id int primary key, "${SSN}" text);`,
      also: { dataSource: { id: `for ${MAIL}`, environment: 'production' } },
    })
    statements = house.governed.statements(alice, { session: 's1', origination: 'test', point: 'mcp' })
  }, 60_000)
  afterAll(() => house.close())
  afterEach(() => {
    expect(spans.all().length).toBeGreaterThan(0)
    const said = spans.text()
    expect(HIDDEN.filter(secret => said.includes(secret))).toEqual([])
    spans.clear()
  })

  test.each(HIDDEN)('of a statement that names a column %s', async name => {
    const outcome = await statements.run(`select id as "${name}" from payments where id = $1`, [1])
    expect(outcome.kind).toBe('released')
    expect(spans.named('SELECT')).toHaveLength(1)
  })

  test('of tables, columns and the data source', async () => {
    expect((await statements.run(`select "${SSN}" from "${MAIL}" where id = $1`, [1])).kind).toBe('released')
    await statements.run(`delete from "${MAIL}"`, [])
    expect(spans.all().map(({ attributes }) => attributes['db.namespace'])).toEqual([
      'for [redacted]',
      'for [redacted]',
    ])
  })

  test.each(HIDDEN)('of a call by the id %s, with such a trace state', async text => {
    const trace = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: `v=${PAN}`,
    }
    const { is_error } = await new GovernedWorkbench(statements).callTool(
      'query',
      { sql: 'select id from payments where id = 1' },
      { trace, callId: text.replace(/[^\w.:-]/g, '') },
    )
    expect(is_error).toBe(false)
    const [tool] = spans.named('execute_tool')
    expect(tool?.spanContext().traceState?.serialize() ?? '').toBe('')
  })
})
