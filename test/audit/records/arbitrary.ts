/** Any record that a trail may hold, hostile texts included. */
import fc from 'fast-check'
import { EVENTS } from '../../../src/audit/schema/events.js'
import type { TrailEntry } from '../../../src/audit/trail-line.js'
import type { LifecycleEvent, OutcomeDetail, StatementRecord } from '../../../src/model/record.js'

/** What breaks formats: quotes, separators, line ends, formulas, markup, control and hidden characters. */
const HOSTILE = [
  '=1+1',
  '@SUM(A1)',
  '+cmd|/c calc',
  '-2',
  '\t=1',
  'a\r\n=1',
  'a"b,c;d',
  "it's",
  'CEF:0|x|y',
  'k=v l=w',
  '\\',
  '\\|',
  '\\=',
  'a|b\nc=d\re',
  '\u2028\u2029\u0085',
  '\u202e\u200b\ufeff',
  '\u0000\u0007\u001b[31m',
  '😀\ud83d',
  '\udc00',
  '<script>',
  '__proto__',
  '',
  ' ',
  'S1',
]

export const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(fc.constantFrom(...HOSTILE), { maxLength: 4 }).map(parts => parts.join('')),
)
const texts = fc.array(text, { maxLength: 3 })
const amount = fc.nat()
const flag = fc.boolean()
const word = <T extends string>(...words: T[]) => fc.constantFrom(...words)

/** Members that may be absent are absent, not undefined. */
function record(
  always: Record<string, fc.Arbitrary<unknown>>,
  sometimes: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<Record<string, unknown>> {
  return fc.record({ ...always, ...sometimes }, { requiredKeys: Object.keys(always) })
}

const kind = word('human', 'service', 'agent')
const person = { subject: text, issuer: text }
const alone = record({ ...person, kind }, { roles: texts, amr: texts, acr: text, name: text, tokenId: text })
const principal = record({ ...person, kind }, { roles: texts, onBehalfOf: alone })
export const time = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
  .map(date => date.toISOString())

export const statement = record(
  {
    principal: fc.option(principal),
    session: text,
    origination: fc.oneof(
      text,
      word('203.0.113.7:51234', '::ffff:10.0.0.1:443', '[2001:db8::1]:99', 'pid 4711 on app-3'),
    ),
    point: word('knex', 'postgres', 'mysql', 'http', 'mcp'),
    dataSource: record({ id: text, environment: text, dialect: word('postgres', 'mysql', 'sqlite') }),
    statement: text,
    bindings: texts,
    objects: fc.array(record({ name: text, access: word('read', 'write') }), { maxLength: 3 }),
    labels: fc.oneof(texts, fc.constant(['pan']), fc.constant(['sad'])),
    decision: record({
      id: text,
      effect: word('allow', 'deny', 'require_approval'),
      rule: text,
      reason: text,
      policyHash: text,
    }),
  },
  {
    agent: record({ framework: text, id: text }, { version: text, toolCall: text, claimedReason: text }),
    analysis: record(
      {},
      {
        columns: texts,
        kind: word('select', 'insert', 'update', 'delete', 'ddl', 'privilege', 'cursor'),
        scope: word('none', 'keyed', 'open'),
        verbs: texts,
        problem: text,
      },
    ),
    certificate: text,
    statementTruncated: flag,
    fingerprint: text,
    obligations: record(
      {
        errors: word('pass', 'scan', 'redact'),
        mask: fc.oneof(texts, word('none', 'scan-all')),
        readOnly: flag,
      },
      { budgets: texts, maxRows: amount, maxAffectedRows: amount, timeoutMs: amount },
    ),
    approval: record({
      grant: text,
      kind: word('single', 'window', 'break-glass'),
      request: text,
      approvers: fc.array(record(person, { kind, email: text, groups: texts, roles: texts, amr: texts }), {
        maxLength: 2,
      }),
      reasons: texts,
      grantedAt: time,
      expiresAt: time,
    }),
  },
) as unknown as fc.Arbitrary<StatementRecord>

export const outcome = record(
  {
    status: word('released', 'refused', 'failed', 'cut', 'unknown'),
    durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  },
  {
    rows: amount,
    truncated: flag,
    affected: amount,
    bytes: amount,
    masked: fc.dictionary(
      text.filter(name => name !== '__proto__'),
      amount,
      { maxKeys: 3, noNullPrototype: true },
    ),
    columns: texts,
    payload: fc.array(fc.array(fc.oneof(text, amount, fc.constant(null)), { maxLength: 3 }), {
      maxLength: 3,
    }),
    payloadTruncated: flag,
    digest: fc.constant('ab'.repeat(32)),
    digestForm: fc.constant('encoded'),
    error: record({ code: text, message: text }, { sqlstate: text }),
  },
) as unknown as fc.Arbitrary<OutcomeDetail>

const place = {
  v: fc.constant(1),
  origin: text,
  seq: fc.integer({ min: 1 }),
  prev: fc.constant('0'.repeat(64)),
  id: text,
  time,
}
export const said = fc.dictionary(
  text.filter(name => name !== '__proto__'),
  fc.oneof(text, amount, flag, texts, record({ subject: text })),
  { maxKeys: 4, noNullPrototype: true },
)

const events = Object.keys(EVENTS) as readonly LifecycleEvent[]

/** Entries of a trail, in any order, one by one. */
export const records = fc.oneof(
  record({ ...place, event: fc.constant('statement'), phase: fc.constant('intent'), body: statement }),
  record(
    { ...place, event: fc.constant('statement'), phase: fc.constant('outcome'), outcome },
    { body: statement },
  ),
  record({ ...place, event: fc.constantFrom(...events), phase: fc.constant('single'), detail: said }),
) as unknown as fc.Arbitrary<TrailEntry>
