/** Whatever happens to a span, what a governor answers stays what it was. */
import { afterEach, expect, test } from '@jest/globals'
import { SpanStatusCode } from '@opentelemetry/api'
import { CardeaError } from '../../src/errors.js'
import type { Executor } from '../../src/model/executor.js'
import type { Governor, Outcome } from '../../src/model/governor.js'
import type { Pass } from '../../src/model/progress.js'
import { abandoned, type Refusal } from '../../src/model/refusal.js'
import { isStream, type ResultStream } from '../../src/model/result.js'
import type { Submission } from '../../src/model/submission.js'
import { tracedGovernor } from '../../src/telemetry/traced-governor.js'
import { keepSpans } from './spans.js'

const spans = keepSpans()
afterEach(() => spans.clear())

const PAN = '4111111111111111'
const submission: Submission = {
  statement: `select '${PAN}'`,
  bindings: [PAN],
  dialect: 'postgres',
  credentials: { kind: 'token', token: `secret ${PAN}` },
  session: `session ${PAN}`,
  dataSource: { id: 'billing', environment: 'production' },
  point: 'http',
  issuer: 'caller',
  origination: '203.0.113.7:51234',
}
const executor = {} as Executor
const { signal } = new AbortController()

function governing(answers: Partial<Governor>): Governor {
  const never = (): never => {
    throw new Error('not asked for')
  }
  return tracedGovernor({ approve: never, govern: never, explain: never, petition: never, ...answers })
}
const governed = (outcome: Outcome) =>
  governing({ govern: async () => outcome }).govern(submission, executor, signal)

test('a refusal and an error of the database are handed on as they are', async () => {
  const refused: Outcome = { kind: 'refused', refusal: abandoned }
  const failed: Outcome = { kind: 'failed', error: { failed: true, code: '23505', message: `key ${PAN}` } }
  expect(await governed(refused)).toBe(refused)
  expect(await governed(failed)).toBe(failed)
  expect(spans.all().map(({ attributes }) => attributes['error.type'])).toEqual(['CARDEA_ABANDONED', '23505'])
  expect(spans.text()).not.toContain(PAN)
})

test.each([
  [new CardeaError('CARDEA_AUDIT_UNAVAILABLE', PAN), 'CARDEA_AUDIT_UNAVAILABLE'],
  [Object.assign(new Error(PAN), { code: PAN }), '_OTHER'],
  [PAN, '_OTHER'],
  [undefined, '_OTHER'],
])('what is thrown passes through; its span ends with a code', async (thrown, code) => {
  const broken = governing({ govern: () => Promise.reject(thrown), approve: () => Promise.reject(thrown) })
  await expect(broken.govern(submission, executor, signal)).rejects.toBe(thrown)
  await expect(broken.approve(submission, signal)).rejects.toBe(thrown)
  expect(spans.all().map(({ attributes, status }) => [attributes['error.type'], status])).toEqual([
    [code, { code: SpanStatusCode.ERROR }],
    [code, { code: SpanStatusCode.ERROR }],
  ])
  expect(spans.text()).not.toContain(PAN)
})

test('a pass without an approval leaves no span', async () => {
  const pass = { grant: null } as Pass
  expect(await governing({ approve: async () => pass }).approve(submission, signal)).toBe(pass)
  expect(spans.all()).toEqual([])
})

test('to be told to come back with a ticket is no failure', async () => {
  const pending: Refusal = { ...abandoned, code: 'CARDEA_APPROVAL_PENDING', rule: 'writes', ticket: 'x' }
  const asking = governing({ approve: async () => pending })
  expect(await asking.approve(submission, signal)).toBe(pending)
  await governed({ kind: 'refused', refusal: pending })
  for (const { attributes, status } of spans.all()) {
    expect(attributes).toMatchObject({ 'cardea.rule': 'writes' })
    expect(attributes).not.toHaveProperty(['error.type'])
    expect(status.code).toBe(SpanStatusCode.UNSET)
  }
  expect(spans.all()).toHaveLength(2)
})

async function streamed(batches: ResultStream['batches']): Promise<ResultStream> {
  const result: ResultStream = { fields: [], batches }
  const outcome = await governed({ kind: 'released', result, masked: () => ({ pan: 1 }) })
  if (outcome.kind !== 'released' || !isStream(outcome.result)) throw new Error(outcome.kind)
  return outcome.result
}

test('a stream that breaks ends its span once, as a failure, and still breaks for its reader', async () => {
  const wrong = new Error(PAN)
  async function* breaking() {
    yield [{ id: 1 }]
    throw wrong
  }
  const { batches } = await streamed(breaking())
  const iterator = batches[Symbol.asyncIterator]()
  await iterator.next()
  await expect(iterator.next()).rejects.toBe(wrong)
  await iterator.return?.()
  expect(spans.all().map(({ attributes }) => attributes['error.type'])).toEqual(['_OTHER'])
  expect(spans.text()).not.toContain(PAN)
})

test('a reader who leaves before the first row ends the span, and the source is told', async () => {
  let told = 0
  const source: AsyncIterator<never> = {
    next: () => Promise.reject(new Error('not asked for')),
    return: async () => {
      told += 1
      return { done: true, value: undefined }
    },
  }
  const { batches } = await streamed({ [Symbol.asyncIterator]: () => source })
  await batches[Symbol.asyncIterator]().return?.()
  expect(told).toBe(1)
  expect(spans.all().map(({ attributes }) => attributes['db.response.returned_rows'])).toEqual([0])
})
