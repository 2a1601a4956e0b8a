import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { GovernedWorkbench } from '../../src/agents/autogen.js'
import { isStream } from '../../src/model/result.js'
import type { Statements } from '../../src/model/statements.js'
import { isCardLike } from '../../src/util/card-like.js'
import { alice, openHouse, type TestHouse } from '../main-job/house.js'
import { describePostgres } from '../support/databases.js'
import { keepSpans } from './spans.js'

const PANS = ['4111111111111111', '5555555555554444', '378282246310005', '4111 1111 1111 1111']

describePostgres('a traced governor', () => {
  const spans = keepSpans()
  let house: TestHouse
  let statements: Statements

  beforeAll(async () => {
    house = await openHouse()
    statements = house.governed.statements(alice, { session: 's1', origination: 'test', point: 'mcp' })
  })
  afterAll(() => house.close())
  afterEach(() => {
    for (const pan of PANS) expect(spans.text()).not.toContain(pan)
    expect(spans.text()).not.toContain('411111******1111')
    spans.clear()
  })

  test('says of a read what it read, from which tables, how many rows and what was masked', async () => {
    const outcome = await statements.run('select id, pan from cards where id < $1 or brand = $2', [
      3,
      PANS[0],
    ])
    expect(outcome.kind).toBe('released')
    const [span] = spans.named('SELECT')
    expect(span?.name).toBe('SELECT public.cards')
    expect(span?.kind).toBe(SpanKind.CLIENT)
    expect(span?.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.namespace': 'billing',
      'db.operation.name': 'SELECT',
      'db.query.summary': 'SELECT public.cards',
      'db.query.text': expect.stringMatching(/^select/i),
      'db.response.returned_rows': 2,
      'cardea.point': 'mcp',
      'cardea.decision.id': expect.stringMatching(/^[0-9A-Z]{26}$/),
      'cardea.effect': 'require_approval',
      'cardea.rule': expect.any(String),
      'cardea.masked.pan': 2,
    })
  })

  test('says nothing of literals, and nothing at all of a text that was not understood', async () => {
    await statements.run(`select id from payments where note = 'card ${PANS[3]}' and id = ${PANS[0]}`, [])
    await statements.run(`selekt '${PANS[0]}'`, [])
    expect(spans.all().map(({ name }) => name)).toEqual(['SELECT public.payments', 'approve billing'])
    expect(spans.all()[1]?.attributes).not.toHaveProperty(['db.query.text'])
  })

  test.each(['4111111111111111', '4111 1111 1111 1111', '4111-1111-1111-1111'])(
    'does not repeat a name that is a card number: %s',
    async name => {
      await statements.run(`select id as "${name}" from payments where id in ($1, $2)`, [1, 2])
      expect(spans.named('SELECT')).toHaveLength(1)
      expect(spans.text()).not.toContain(name)
    },
  )

  test('says of a refusal its code, rule and decision', async () => {
    const outcome = await statements.run('delete from payments', [])
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'CARDEA_POLICY_DENIED' } })
    const { rule, decisionId } = outcome.kind === 'refused' ? outcome.refusal : {}
    const [span] = spans.all()
    expect(span?.name).toBe('approve billing')
    expect(span?.attributes).toMatchObject({
      'error.type': 'CARDEA_POLICY_DENIED',
      'cardea.rule': rule,
      'cardea.decision.id': decisionId,
    })
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR })
  })

  test('says of the database’s own error its SQLSTATE and no word', async () => {
    const outcome = await statements.run('select amount::int / (id - id) from payments', [])
    expect(outcome.kind).toBe('failed')
    expect(spans.all()[0]?.attributes).toMatchObject({
      'error.type': '22012',
      'db.response.status_code': '22012',
    })
    expect(spans.all()[0]?.events).toEqual([])
  })

  test('a stream’s span ends with its last row, or when its reader leaves', async () => {
    const read = async (most: number): Promise<number> => {
      const outcome = await statements.run('select id, pan from cards order by id', [], { batch: 2 })
      if (outcome.kind !== 'released' || !isStream(outcome.result)) throw new Error(outcome.kind)
      let batches = 0
      expect(spans.named('SELECT')).toEqual([])
      for await (const _batch of outcome.result.batches) {
        batches += 1
        if (batches === most) break
      }
      return batches
    }
    const all = await read(Number.POSITIVE_INFINITY)
    expect(all).toBeGreaterThan(2)
    expect(rowsOf(spans.named('SELECT'))).toEqual([7])
    expect(spans.named('SELECT')[0]?.attributes).toMatchObject({ 'cardea.masked.pan': 7 })
    spans.clear()
    await read(1)
    expect(rowsOf(spans.named('SELECT'))).toEqual([2])
  })

  test('a tool call’s statements stand below it, and below the caller’s own span', async () => {
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
    const toolbox = new GovernedWorkbench(statements)
    const sql = `select id, pan from cards where brand <> '${PANS[1]}'`
    const { is_error } = await toolbox.callTool('query', { sql }, { trace, callId: 'call_1' })
    expect(is_error).toBe(false)
    const [tool] = spans.named('execute_tool')
    const [statement] = spans.named('SELECT')
    expect(tool?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
    expect(statement?.parentSpanContext?.spanId).toBe(tool?.spanContext().spanId)
    expect(statement?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c')
  })

  test('an approval that was waited for has a span of its own', async () => {
    await statements.run('update payments set status = $1 where id = $2', ['settled', 3])
    expect(spans.all().map(({ name }) => name)).toEqual(['approve billing', 'UPDATE public.payments'])
    expect(spans.all()[0]?.status.code).toBe(SpanStatusCode.UNSET)
  })
})

const rowsOf = (all: readonly ReadableSpan[]) =>
  all.map(({ attributes }) => attributes['db.response.returned_rows'])

test('placeholders in a row are no card number', () => {
  expect(isCardLike('where id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)')).toBe(false)
  expect(isCardLike('values (?, ?, ?) limit 100 offset 200')).toBe(false)
  expect(isCardLike('3f2504e0-4f89-11d3-9a0c-0305e82c3301')).toBe(false)
  for (const pan of [...PANS, '４１１１１１１１１１１１１１１１', '4111_1111_1111_1111'])
    expect(isCardLike(pan)).toBe(true)
})
