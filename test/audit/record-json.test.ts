/** Records are written member by member: nothing that a record says may be left out or be spelled another way. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { encodeLine, lineForm, ZERO_HASH } from '../../src/audit/trail-line.js'
import type { AuditRecord, OutcomeDetail, StatementRecord } from '../../src/model/record.js'
import { canonicalJson } from '../../src/util/canonical-json.js'

const text = fc.oneof(
  fc.string(),
  fc.constantFrom('', 'S1', '"', '\\', '\n', 'é', '\ud800', '1', '__proto__'),
)
const texts = fc.array(text, { maxLength: 3 })
const amount = fc.nat()
const optional = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined })

/** A member that a record gains, and that is not written, does not compile here or fails below. */
type Members<T> = { readonly [Member in keyof Required<T>]: fc.Arbitrary<unknown> }

const person = { subject: text, issuer: text, kind: fc.constant('human'), roles: optional(texts) }
const principal = fc.record({ ...person, onBehalfOf: optional(fc.record(person)) })
const statement: Members<StatementRecord> = {
  agent: optional(fc.record({ framework: text, id: text, toolCall: optional(text) })),
  analysis: optional(
    fc.record({
      columns: optional(texts),
      kind: optional(text),
      problem: optional(text),
      scope: optional(text),
      verbs: optional(texts),
    }),
  ),
  approval: optional(fc.record({ grant: text, approvers: fc.array(principal), reasons: texts })),
  bindings: texts,
  certificate: optional(text),
  dataSource: fc.record({ dialect: text, environment: text, id: text }),
  decision: fc.record({ effect: fc.constant('allow'), id: text, policyHash: text, reason: text, rule: text }),
  fingerprint: optional(text),
  labels: texts,
  objects: fc.array(fc.record({ access: fc.constantFrom('read', 'write'), name: text }), { maxLength: 2 }),
  obligations: optional(
    fc.record({
      budgets: optional(texts),
      errors: text,
      mask: fc.oneof(text, texts),
      maxRows: optional(amount),
      readOnly: fc.boolean(),
      timeoutMs: optional(amount),
    }),
  ),
  origination: text,
  point: text,
  principal: fc.option(principal),
  session: text,
  statement: text,
  statementTruncated: optional(fc.boolean()),
}
const outcome: Members<OutcomeDetail> = {
  affected: optional(amount),
  bytes: optional(amount),
  columns: optional(texts),
  digest: optional(text),
  digestForm: optional(fc.constant('encoded')),
  durationMs: fc.oneof(amount, fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 })),
  error: optional(fc.record({ code: text, message: text, sqlstate: optional(text) })),
  masked: optional(fc.dictionary(text, amount)),
  payload: optional(fc.array(fc.array(fc.oneof(text, amount, fc.constant(null)), { maxLength: 3 }))),
  payloadTruncated: optional(fc.boolean()),
  rows: optional(amount),
  status: fc.constantFrom('released', 'refused', 'unknown'),
  truncated: optional(fc.boolean()),
}
const identity = { event: fc.constant('statement'), id: text, time: text }
const records = fc.oneof(
  fc.record({ ...identity, phase: fc.constant('intent'), body: fc.record(statement) }),
  fc.record({ ...identity, phase: fc.constant('outcome'), outcome: fc.record(outcome) }),
  fc.record({
    ...identity,
    phase: fc.constant('outcome'),
    body: fc.record(statement),
    outcome: fc.record(outcome),
  }),
) as unknown as fc.Arbitrary<AuditRecord>

const head = { seq: 6, hash: ZERO_HASH }
const HIDDEN = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

function entryOf(record: AuditRecord): unknown {
  return { ...record, origin: 'here', prev: ZERO_HASH, seq: 7, v: 1 }
}

describe('a line of a statement', () => {
  test('is the canonical JSON of its entry, whatever the record says', () => {
    const again = lineForm('here')
    fc.assert(
      fc.property(records, record => {
        const canonical = canonicalJson(entryOf(record))
        fc.pre(!HIDDEN.test(canonical))
        expect(encodeLine(record, 'here', head)).toBe(canonical)
        // What has been put into words before says the same.
        expect([again(record, head), again(record, head)]).toEqual([canonical, canonical])
      }),
    )
  })

  test('says what its parts say now, where they can change', () => {
    const line = lineForm('here')
    const columns = ['id']
    const masked: Record<string, number> = { pan: 1 }
    const record = {
      event: 'statement',
      phase: 'outcome',
      id: 'one',
      time: 'now',
      outcome: { columns, durationMs: 1, masked, status: 'released' },
    } as const
    line(record, head)
    columns.push('note')
    masked['pan'] = 2
    expect(line(record, head)).toBe(canonicalJson(entryOf(record)))
  })

  test('forgets texts without losing any', () => {
    const line = lineForm('here')
    for (let at = 0; at < 5_000; at++) {
      const record: AuditRecord = {
        event: 'statement',
        phase: 'outcome',
        id: 'one',
        time: 'now',
        outcome: { durationMs: at, status: `${at % 3_000}` as 'released' },
      }
      expect(line(record, head)).toBe(canonicalJson(entryOf(record)))
    }
  })
})
