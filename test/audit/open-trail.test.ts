/** One intent, exactly one outcome, and nothing leaves before both are where they have to be. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { AuditSink } from '../../src/audit/audit-sink.js'
import { fileTrail } from '../../src/audit/file-trail.js'
import { type OpenTrailOptions, openTrail } from '../../src/audit/open-trail.js'
import type { OutcomeSummary } from '../../src/audit/outcome-summary.js'
import { memorySink } from '../../src/audit/sinks/memory.js'
import { verifyTrail } from '../../src/audit/verify.js'
import { AuditUnavailableError, CardeaError, ConfigurationError } from '../../src/errors.js'
import type { Grant } from '../../src/model/grant.js'
import type { Intended } from '../../src/model/progress.js'
import type { AuditRecord, OutcomeDetail } from '../../src/model/record.js'
import type { Refusal } from '../../src/model/refusal.js'
import { plainRows, type ResultStream, type Row } from '../../src/model/result.js'
import { UncertainError } from '../../src/model/uncertain.js'
import {
  alice,
  cleared,
  clock,
  decision,
  facts,
  ids,
  inDirectory,
  intend,
  lingered,
  masked,
  recordsOf,
  rejection,
  rows,
  scrubber,
  submission,
  writing,
} from './kit.js'

/** A durable sink in memory: what a test looks at is the order of writes, not the disk. */
function durableSink(over: Partial<AuditSink> = {}) {
  const records: AuditRecord[] = []
  const writes: { settle: string; records: readonly AuditRecord[] }[] = []
  const sink: AuditSink = {
    name: 'store',
    durable: true,
    write: async (written, settle) => {
      records.push(...written)
      writes.push({ settle, records: written })
    },
    close: async () => undefined,
    ...over,
  }
  return { sink, records, writes }
}

async function trailOver(over: Partial<OpenTrailOptions> = {}, store = durableSink()) {
  const trail = await openTrail({ sinks: [store.sink], clock, ids, scrubber, ...over })
  const outcomes = () => store.records.flatMap(record => (record.phase === 'outcome' ? [record.outcome] : []))
  const intents = () => store.records.filter(({ phase }) => phase === 'intent')
  return { ...store, trail, outcomes, intents }
}

/** A sink whose intents of reads may wait. */
const patient = () => durableSink({ check: () => undefined })

function failingWhen(isDown: () => boolean, sink: AuditSink): AuditSink['write'] {
  return async (records, settle) => {
    if (isDown()) throw new Error('down')
    await sink.write(records, settle)
  }
}

const refusal: Refusal = { refused: true, code: 'CARDEA_ROW_LIMIT', reason: 'More than 100 rows.' }

function streamOf(batches: readonly Row[][], end?: Error): ResultStream {
  async function* generate() {
    for (const batch of batches) yield batch
    if (end !== undefined) throw end
  }
  return { fields: rows().fields, batches: generate() }
}

async function drain(stream: ResultStream, take = Number.POSITIVE_INFINITY): Promise<Row[]> {
  const seen: Row[] = []
  for await (const batch of stream.batches) {
    seen.push(...plainRows(batch))
    if (seen.length >= take) break
  }
  return seen
}

describe('opening', () => {
  test('needs a durable sink', async () => {
    expect(await rejection(openTrail({ sinks: [], clock, ids, scrubber }))).toBeInstanceOf(ConfigurationError)
    const onlyCopies = openTrail({ sinks: [memorySink()], clock, ids, scrubber })
    expect(await rejection(onlyCopies)).toBeInstanceOf(ConfigurationError)
  })

  test('fails with a sink that must work, and closes those that were opened', async () => {
    let closed = 0
    const first = durableSink({ close: async () => void closed++ })
    const broken = durableSink({
      open: () => Promise.reject(new CardeaError('CARDEA_TRAIL_LOCKED', 'locked')),
    })
    const opening = openTrail({ sinks: [first.sink, broken.sink], clock, ids, scrubber })
    expect(await rejection(opening)).toMatchObject({ code: 'CARDEA_TRAIL_LOCKED' })
    expect(closed).toBe(1)
  })

  test('says which Cardea writes, and where to', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    const store = durableSink()
    await openTrail({ sinks: [store.sink, memorySink()], clock, ids, scrubber })
    expect(store.records).toMatchObject([
      { event: 'trail.open', detail: { version, sinks: [store.sink.name, memorySink().name] } },
    ])
  })

  test('copies what a sink recovered to the others', async () => {
    const recovered: AuditRecord = { event: 'trail.recover', phase: 'single', id: 'r', time: 't', detail: {} }
    const store = durableSink({ open: async () => [recovered] })
    const copy = memorySink()
    await openTrail({ sinks: [store.sink, copy], clock, ids, scrubber })
    expect(copy.records.map(({ event }) => event)).toEqual(['trail.recover', 'trail.open'])
    expect(store.records.map(({ event }) => event)).toEqual(['trail.open'])
  })
})

describe('the intent', () => {
  test('names who, what, when, where from, on what and by which rule', async () => {
    const { trail, records } = await trailOver()
    const grant: Grant = {
      id: 'grant-1',
      requestId: 'request-1',
      kind: 'single',
      answers: [
        {
          decision: 'approved',
          approver: { subject: 'bob', issuer: 'https://id.corp.example', kind: 'human', amr: ['otp'] },
          reason: 'seen',
          ticket: 'OPS-7',
        },
      ],
      grantedAt: 0,
      expiresAt: 1,
      binding: 'secret binding',
    }
    const agentFor = { subject: 'bot', issuer: 'agents', kind: 'agent' as const, onBehalfOf: alice }
    const writes = facts({ readOnly: false })
    const intended = await trail.intend(cleared({ facts: writes, grant, principal: agentFor }))
    const record = records.at(-1)
    expect(record).toEqual({
      event: 'statement',
      phase: 'intent',
      id: intended.recordId,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      body: {
        agent: { framework: 'autogen', id: 'billing-bot', version: '0.7.5' },
        analysis: { kind: 'select', verbs: ['select'] },
        approval: {
          approvers: [{ subject: 'bob', issuer: 'https://id.corp.example', kind: 'human', amr: ['otp'] }],
          expiresAt: '1970-01-01T00:00:00.001Z',
          grant: 'grant-1',
          grantedAt: '1970-01-01T00:00:00.000Z',
          kind: 'single',
          reasons: ['seen [ticket OPS-7]'],
          request: 'request-1',
        },
        bindings: ['7'],
        dataSource: { dialect: 'postgres', environment: 'production', id: 'billing' },
        decision: {
          effect: 'allow',
          id: decision.id,
          policyHash: decision.policyHash,
          reason: decision.reason,
          rule: 'reads',
        },
        fingerprint: 'select id, note from orders where id = ?',
        labels: [],
        objects: [{ access: 'read', name: 'public.orders' }],
        obligations: { errors: 'scan', mask: ['scan', 'scan'], readOnly: true },
        origination: 'pid 4711 on app-3',
        point: 'knex',
        principal: {
          issuer: 'agents',
          kind: 'agent',
          onBehalfOf: {
            amr: ['pwd', 'otp'],
            issuer: 'https://id.corp.example',
            kind: 'human',
            roles: ['support', 'billing'],
            subject: 'alice@corp.example',
          },
          subject: 'bot',
        },
        session: 'conversation-17',
        statement: 'select id, note from orders where id = $1',
      },
    })
  })

  test('of a read travels with its outcome; of anything else it is durable first', async () => {
    const { trail, writes } = await trailOver({}, patient())
    const opening = writes.length
    const intended = await trail.intend(cleared())
    expect(writes).toHaveLength(opening)
    await trail.release(masked(intended, rows()))
    const whole = { phase: 'outcome', id: intended.recordId, body: { point: 'knex' }, outcome: { rows: 1 } }
    expect(writes.slice(opening)).toMatchObject([{ settle: 'durable', records: [whole] }])
    const last = () => writes.at(-1)?.settle
    await trail.intend(cleared({ facts: facts({ readOnly: false }) }))
    expect(last()).toBe('durable')
    const unknown = {
      analyzable: false,
      dialect: 'postgres',
      code: 'syntax',
      reason: '',
      catalogVersion: 'v1',
    } as const
    await trail.intend(cleared({ facts: unknown }))
    expect(last()).toBe('durable')
  })

  test('of a read is written first to a sink that cannot be asked, and does not run without', async () => {
    let isDown = false
    const asked = durableSink()
    const store = { ...asked, sink: { ...asked.sink, write: failingWhen(() => isDown, asked.sink) } }
    const { trail } = await trailOver({}, store)
    await trail.intend(cleared())
    expect(store.writes.at(-1)).toMatchObject({ settle: 'accepted', records: [{ phase: 'intent' }] })
    isDown = true
    expect(await rejection(intend(trail))).toBeInstanceOf(AuditUnavailableError)
  })

  test('of a read that waits is asked for all the same', async () => {
    const check = () => {
      throw new Error('locked by another')
    }
    const { trail } = await trailOver({}, durableSink({ check }))
    expect(await rejection(intend(trail))).toBeInstanceOf(AuditUnavailableError)
  })

  test('of a read that takes its time is on record before it ends', async () => {
    const { trail, records } = await trailOver({}, patient())
    const slow = await trail.intend(cleared())
    await lingered()
    expect(records.slice(1)).toMatchObject([{ phase: 'intent', id: slow.recordId }])
    await trail.release(masked(slow, rows()))
    expect(records.slice(2)).toEqual([expect.not.objectContaining({ body: expect.anything() })])
    expect(records[2]).toMatchObject({ phase: 'outcome', id: slow.recordId })
  })

  test('of several reads that take their time is written in the order in which they began', async () => {
    const { trail, records } = await trailOver({}, patient())
    const begun = await Promise.all(Array.from({ length: 5 }, () => intend(trail)))
    const recordIds = begun.map(({ recordId }) => recordId)
    const ended = [2, 0, 4].map(at => trail.release(masked(begun[at] as Intended, rows())))
    await Promise.all(ended)
    await lingered()
    const intents = records.filter(({ phase }) => phase === 'intent').map(({ id }) => id)
    expect(intents).toEqual([recordIds[1], recordIds[3]])
    await trail.close()
    const unknown = records.filter(record => 'outcome' in record && record.outcome.status === 'unknown')
    expect(unknown.map(({ id }) => id)).toEqual(intents)
  })

  test('of a read that could not be written in time lets nothing of it out', async () => {
    const store = patient()
    let isDown = false
    const failing: AuditSink = {
      ...store.sink,
      name: 'siem',
      durable: false,
      mandatory: true,
      write: failingWhen(() => isDown, store.sink),
    }
    const trail = await openTrail({ sinks: [store.sink, failing], clock, ids, scrubber })
    const slow = await trail.intend(cleared())
    isDown = true
    await lingered()
    isDown = false
    expect(await rejection(trail.release(masked(slow, rows())))).toBeInstanceOf(AuditUnavailableError)
  })

  test('that mandatory sinks did not take has its one outcome in the trail all the same', async () => {
    await inDirectory(async directory => {
      let isDown = false
      const peer = (name: string): AuditSink => {
        const write = failingWhen(() => isDown, memorySink())
        return {
          name,
          durable: false,
          mandatory: true,
          check: () => undefined,
          write,
          close: async () => undefined,
        }
      }
      const sinks = [fileTrail({ directory }), peer('siem'), peer('archive')]
      const trail = await openTrail({ sinks, clock, ids, scrubber })
      const slow = await trail.intend(cleared())
      isDown = true
      await lingered()
      expect(await rejection(intend(trail, writing))).toBeInstanceOf(AuditUnavailableError)
      expect(await rejection(trail.release(masked(slow, rows())))).toBeInstanceOf(AuditUnavailableError)
      await trail.fail(slow, new Error('the trail is away')).catch(() => undefined)
      isDown = false
      const after = await trail.intend(writing)
      await trail.release(masked(after, rows()))
      await trail.close()
      expect(await verifyTrail(directory)).toMatchObject({ status: 'whole', openIntents: 0 })
      const ended = recordsOf(directory).flatMap(one => (one.phase === 'outcome' ? [one.outcome] : []))
      expect(ended.map(({ status, error }) => [status, error?.code])).toEqual([
        ['failed', 'CARDEA_AUDIT_UNAVAILABLE'],
        ['failed', 'CARDEA_AUDIT_UNAVAILABLE'],
        ['released', undefined],
      ])
    })
  })

  test('is written before its outcome, however slow the sink', async () => {
    const store = patient()
    const slow: AuditSink = {
      ...store.sink,
      write: async (written, settle) => {
        if (written.some(({ phase }) => phase === 'intent')) await lingered()
        await store.sink.write(written, settle)
      },
    }
    const trail = await openTrail({ sinks: [slow], clock, ids, scrubber })
    const intended = await trail.intend(cleared())
    await lingered()
    await trail.release(masked(intended, rows()))
    expect(store.records.slice(1)).toMatchObject([{ phase: 'intent' }, { phase: 'outcome' }])
  })

  test('is not confused by facts that serve another text, nor by a principal that changes', async () => {
    const { trail, records } = await trailOver()
    const shared = facts({ readOnly: false })
    const changing = { ...alice }
    await trail.intend(cleared({ facts: shared, principal: changing }))
    changing.subject = 'carol'
    await trail.intend(
      cleared({ facts: shared, principal: changing, submission: submission({ statement: 'select 2' }) }),
    )
    expect(records.slice(-2).map(record => (record.phase === 'intent' ? record.body : null))).toMatchObject([
      {
        statement: 'select id, note from orders where id = $1',
        principal: { subject: 'alice@corp.example' },
      },
      { statement: 'select 2', principal: { subject: 'carol' } },
    ])
  })

  test('cuts what is huge, and says so', async () => {
    const { trail, records } = await trailOver()
    const statement = `select '${'x'.repeat(3_000_000)}'`
    const bindings = ['y'.repeat(2_000_000), ...Array.from({ length: 9_000 }, () => 'z'.repeat(100))]
    await trail.intend(
      cleared({
        facts: facts({ readOnly: false }),
        submission: submission({ statement, bindings, session: 's'.repeat(5_000) }),
      }),
    )
    const record = records.at(-1)
    expect(JSON.stringify(record).length).toBeLessThan(200_000)
    if (record?.phase !== 'intent') throw new Error('no intent')
    expect(record.body.statementTruncated).toBe(true)
    expect(record.body.bindings[0]).toMatch(/…\[cut, 2000000 characters\]$/)
    expect(record.body.bindings.at(-1)).toMatch(/^…\[\d+ more bindings\]$/)
    expect(record.body.session).toMatch(/…\[cut\]$/)
  })
})

describe('the outcome', () => {
  test('of rows says how many, which and what they looked like, before they are released', async () => {
    const { trail, outcomes, writes } = await trailOver()
    const result = rows([
      { id: 1n, note: 'first' },
      { id: 2n, note: null },
    ])
    const intended = await trail.intend(cleared())
    expect(await trail.release(masked(intended, result, { email: 1 }))).toBe(result)
    const digest = createHash('sha256').update('["1","first"]\n["2",null]\n').digest('hex')
    expect(outcomes()).toEqual([
      {
        bytes: 25,
        columns: ['id', 'note'],
        digest,
        durationMs: expect.any(Number),
        masked: { email: 1 },
        payload: [
          ['1', 'first'],
          ['2', null],
        ],
        rows: 2,
        status: 'released',
      },
    ])
    expect(writes.at(-1)?.settle).toBe('durable')
  })

  test('has one form for every kind of value, whether rows are objects or lists', async () => {
    const { trail, outcomes } = await trailOver()
    const values = [
      [Number.NaN, new Date(0)],
      [Number.NEGATIVE_INFINITY, new Uint8Array([1, 255])],
      [undefined, { b: [1n], a: new Date(Number.NaN) }],
      [true, -0],
    ]
    const expected = [
      '["NaN","1970-01-01T00:00:00.000Z"]',
      '["-Infinity","\\\\x01ff"]',
      '[null,{"a":"Invalid Date","b":["1"]}]',
      '[true,0]',
    ]
    const digest = createHash('sha256')
      .update(expected.map(line => `${line}\n`).join(''))
      .digest('hex')
    for (const form of [values, values.map(([id, note]) => ({ id, note }))]) {
      await trail.release(masked(await trail.intend(cleared()), rows(form)))
    }
    expect(outcomes().map(outcome => outcome.digest)).toEqual([digest, digest])
  })

  test('keeps the first rows up to the cap, and the digest of all', async () => {
    const { trail, outcomes } = await trailOver({ payloadCap: 1_000 })
    const many = Array.from({ length: 5_000 }, (_, id) => ({ id, note: 'x'.repeat(30) }))
    await trail.release(masked(await trail.intend(cleared()), rows(many)))
    const [outcome] = outcomes()
    expect(JSON.stringify(outcome?.payload).length).toBeLessThanOrEqual(1_001)
    expect(outcome).toMatchObject({ rows: 5_000, payloadTruncated: true })
    const all = many.map(({ id, note }) => `${JSON.stringify([id, note])}\n`).join('')
    expect(outcome?.digest).toBe(createHash('sha256').update(all).digest('hex'))
  })

  test('of a write without rows has the count', async () => {
    const { trail, outcomes } = await trailOver()
    await trail.release(
      masked(await trail.intend(cleared()), { fields: [], rows: [], affected: 3, truncated: false }),
    )
    expect(outcomes()).toMatchObject([{ status: 'released', affected: 3, rows: 0 }])
    expect(outcomes()[0]).not.toHaveProperty('digest')
  })

  test('of a database error has its code and text, and the error goes out', async () => {
    const { trail, outcomes } = await trailOver()
    const error = {
      failed: true,
      message: 'relation missing',
      code: '42P01',
      detail: 'not recorded',
    } as const
    expect(await trail.release(masked(await trail.intend(cleared()), error))).toBe(error)
    expect(outcomes()).toMatchObject([
      { status: 'failed', error: { code: 'ENGINE_ERROR', sqlstate: '42P01', message: 'relation missing' } },
    ])
  })

  test('of what was withheld has the refusal', async () => {
    const { trail, outcomes } = await trailOver()
    await trail.withhold(await trail.intend(cleared()), refusal)
    expect(outcomes()).toMatchObject([{ status: 'refused', error: { code: 'CARDEA_ROW_LIMIT' } }])
  })

  test.each([
    [
      'an error with a code',
      Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
      'ECONNREFUSED',
      'refused',
    ],
    ['an error of a class', new TypeError('bad'), 'TypeError', 'bad'],
    ['one of ours', new CardeaError('CARDEA_CONNECTION_FAILED', 'gone'), 'CARDEA_CONNECTION_FAILED', 'gone'],
    ['no error at all', 'text', 'THROWN_VALUE', 'something other than an error was thrown'],
  ])('of a failure by %s', async (_name, thrown, code, message) => {
    const { trail, outcomes } = await trailOver()
    await trail.fail(await trail.intend(cleared()), thrown)
    expect(outcomes()).toMatchObject([{ status: 'failed', error: { code, message } }])
  })

  test('of what may have happened all the same is unknown, and observers learn just that', async () => {
    const seen: OutcomeSummary[] = []
    const { trail, outcomes } = await trailOver({ observers: [summary => void seen.push(summary)] })
    await trail.fail(await trail.intend(cleared()), new UncertainError(new Error('lost')))
    expect(outcomes()).toMatchObject([{ status: 'unknown', error: { code: 'Error', message: 'lost' } }])
    expect(seen).toMatchObject([{ status: 'unknown' }])
  })

  test('holds no error text where the policy lets none through', async () => {
    const { trail, outcomes } = await trailOver()
    const quiet = { ...decision, obligations: { ...decision.obligations, errors: 'redact' as const } }
    await trail.fail(await trail.intend(cleared({ decision: quiet })), new Error('value 17 is wrong'))
    expect(outcomes()[0]?.error).toEqual({ code: 'Error', message: 'withheld by policy' })
  })
})

describe('what never ran', () => {
  test('is one whole record', async () => {
    const { trail, records } = await trailOver()
    const denied = { ...decision, effect: 'deny' as const, rule: 'no-cards', reason: 'No cards.' }
    await trail.refuse(submission(), {
      refused: true,
      code: 'CARDEA_POLICY_DENIED',
      reason: 'No cards.',
      evidence: { principal: alice, facts: facts(), decision: denied },
    })
    expect(records.at(-1)).toMatchObject({
      phase: 'outcome',
      body: { principal: { subject: 'alice@corp.example' }, decision: { effect: 'deny', rule: 'no-cards' } },
      outcome: { status: 'refused', error: { code: 'CARDEA_POLICY_DENIED' } },
    })
  })

  test('is recorded without evidence too: nobody was identified', async () => {
    const { trail, records } = await trailOver()
    await trail.refuse(submission(), { refused: true, code: 'CARDEA_IDENTITY_REFUSED', reason: 'Who?' })
    expect(records.at(-1)).toMatchObject({
      body: { principal: null, decision: { effect: 'deny', rule: 'CARDEA_IDENTITY_REFUSED' }, objects: [] },
      outcome: { status: 'refused' },
    })
  })

  test('is recorded when a stage could not work', async () => {
    const { trail, records } = await trailOver()
    await trail.abort(submission(), new Error('catalog gone'))
    expect(records.at(-1)).toMatchObject({
      body: { statement: submission().statement },
      outcome: { status: 'failed', error: { message: 'catalog gone' } },
    })
  })
})

describe('exactly one outcome', () => {
  test('however often and however concurrently a statement is ended', async () => {
    const { trail, outcomes } = await trailOver()
    const intended = await trail.intend(cleared())
    const result = masked(intended, rows())
    const ends = await Promise.allSettled([
      trail.release(result),
      trail.fail(intended, new Error('late')),
      trail.withhold(intended, refusal),
      trail.release(result),
    ])
    // Only a release hands something out, so only a second release has to throw.
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    expect(outcomes().map(({ status }) => status)).toEqual(['released'])
  })

  test('a release that cannot be recorded can still be closed as failed by what follows', async () => {
    const { trail, outcomes } = await trailOver()
    const intended = await trail.intend(cleared())
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    const error = await rejection(trail.release(masked(intended, rows([{ id: 1, note: cyclic }]))))
    await trail.fail(intended, error)
    expect(outcomes().map(({ status }) => status)).toEqual(['failed'])
  })

  test('what only looks like a statement that began is none', async () => {
    const { trail, outcomes } = await trailOver()
    const intended = await trail.intend(cleared())
    const copied = { ...intended }
    expect(await rejection(trail.release(masked(copied, rows())))).toBeInstanceOf(AuditUnavailableError)
    await trail.fail(copied, new Error('late'))
    expect(outcomes()).toEqual([])
    await trail.release(masked(intended, rows()))
    expect(outcomes().map(({ status }) => status)).toEqual(['released'])
  })

  test('closing gives what is still open the outcome unknown, and its release throws', async () => {
    const { trail, outcomes, records } = await trailOver()
    const intended = await trail.intend(cleared())
    await Promise.all([trail.close(), trail.close()])
    expect(await rejection(trail.release(masked(intended, rows())))).toBeInstanceOf(AuditUnavailableError)
    await trail.fail(intended, new Error('late'))
    expect(outcomes().map(({ status }) => status)).toEqual(['unknown'])
    expect(records.at(-1)).toMatchObject({ event: 'trail.close', detail: { openIntents: 1 } })
    expect(await rejection(intend(trail))).toMatchObject({ code: 'CARDEA_CLOSED' })
    expect(await rejection(trail.note('policy.load', {}))).toMatchObject({ code: 'CARDEA_CLOSED' })
  })
})

describe('a stream', () => {
  const batches = [[{ id: 1, note: 'a' }], [{ id: 2, note: 'b' }], [{ id: 3, note: 'c' }]]

  test('passes through; its outcome is written at its end', async () => {
    const { trail, outcomes, writes } = await trailOver()
    const intended = await trail.intend(cleared())
    const released = await trail.release(masked(intended, streamOf(batches), { email: 2 }))
    if (!('batches' in released)) throw new Error('no stream')
    expect(outcomes()).toEqual([])
    // Rows leave before the outcome, so the intent has been made durable first.
    expect(writes.at(-1)).toEqual({ settle: 'durable', records: [] })
    expect(await drain(released)).toEqual(batches.flat())
    const digest = createHash('sha256').update('[1,"a"]\n[2,"b"]\n[3,"c"]\n').digest('hex')
    expect(outcomes()).toMatchObject([{ status: 'released', rows: 3, digest, masked: { email: 2 } }])
  })

  test('that is cut says so, with what had passed', async () => {
    const { trail, outcomes } = await trailOver()
    const released = await trail.release(masked(await trail.intend(cleared()), streamOf(batches)))
    if (!('batches' in released)) throw new Error('no stream')
    expect(await drain(released, 2)).toHaveLength(2)
    expect(outcomes()).toMatchObject([{ status: 'cut', rows: 2 }])
  })

  test('that is cut before its first batch says so too', async () => {
    const { trail, outcomes } = await trailOver()
    const released = await trail.release(masked(await trail.intend(cleared()), streamOf(batches)))
    if (!('batches' in released)) throw new Error('no stream')
    await released.batches[Symbol.asyncIterator]().return?.()
    expect(await drain(released)).toEqual([])
    expect(outcomes()).toMatchObject([{ status: 'cut', rows: 0 }])
  })

  test('that fails says so, and throws what it threw', async () => {
    const { trail, outcomes } = await trailOver()
    const broken = streamOf(batches, new Error('connection lost'))
    const released = await trail.release(masked(await trail.intend(cleared()), broken))
    if (!('batches' in released)) throw new Error('no stream')
    expect(await rejection(drain(released))).toMatchObject({ message: 'connection lost' })
    expect(outcomes()).toMatchObject([{ status: 'failed', rows: 3, error: { message: 'connection lost' } }])
  })

  test.each([
    ['a lost connection', new Error('connection lost'), 'unknown'],
    ['an error of the database', new CardeaError('CARDEA_CONNECTION_FAILED', 'late'), 'failed'],
  ])('of a write that ends with %s says %s', async (_, end, status) => {
    const { trail, outcomes } = await trailOver()
    const writing = cleared({ facts: facts({ readOnly: false, kind: 'insert' }) })
    const released = await trail.release(masked(await trail.intend(writing), streamOf(batches, end)))
    if (!('batches' in released)) throw new Error('no stream')
    await rejection(drain(released))
    expect(outcomes()).toMatchObject([{ status, rows: 3 }])
  })

  test('is released once', async () => {
    const { trail } = await trailOver()
    const one = masked(await trail.intend(cleared()), streamOf(batches))
    await trail.release(one)
    expect(await rejection(trail.release(one))).toBeInstanceOf(AuditUnavailableError)
  })

  test('stops when the trail has died or closed', async () => {
    const { trail } = await trailOver()
    const released = await trail.release(masked(await trail.intend(cleared()), streamOf(batches)))
    if (!('batches' in released)) throw new Error('no stream')
    await trail.close()
    expect(await rejection(drain(released))).toBeInstanceOf(AuditUnavailableError)
  })

  test('does not start when its intent cannot be made durable', async () => {
    const store = durableSink()
    const failing: AuditSink = {
      ...store.sink,
      write: async records => {
        if (records.length === 0) throw new Error('no sync')
      },
    }
    const trail = await openTrail({ sinks: [failing], clock, ids, scrubber })
    const one = masked(await trail.intend(cleared()), streamOf(batches))
    expect(await rejection(trail.release(one))).toBeInstanceOf(AuditUnavailableError)
  })
})

describe('sinks', () => {
  test('a copy that fails stops nothing; it is told at once, and how much it lost at the close', async () => {
    const copy = { ...memorySink(), name: 'siem', write: () => Promise.reject(new Error('down')) }
    const store = durableSink()
    const trail = await openTrail({ sinks: [store.sink, copy], clock, ids, scrubber })
    for (let at = 0; at < 5; at++) {
      await trail.release(masked(await trail.intend(cleared()), rows()))
      await turn()
    }
    await trail.close()
    const failures = store.records.filter(({ event }) => event === 'control.fail')
    expect(failures).toMatchObject([
      { detail: { sink: 'siem', error: { message: 'down' }, lost: 1 } },
      { detail: { sink: 'siem', error: { message: 'down' }, lost: 12 } },
    ])
  })

  test('a copy that cannot open is reported and stops nothing', async () => {
    const copy = { ...memorySink(), name: 'siem', open: () => Promise.reject(new Error('no route')) }
    const store = durableSink()
    const trail = await openTrail({ sinks: [store.sink, copy], clock, ids, scrubber })
    await trail.close()
    expect(store.records.map(({ event }) => event)).toContain('control.fail')
  })

  test('a copy that never answers is not waited for, and gets only what is on record', async () => {
    const seen: AuditRecord[] = []
    const copy: AuditSink = {
      ...memorySink(),
      name: 'slow',
      write: records => {
        seen.push(...records)
        return new Promise(() => undefined)
      },
    }
    const store = durableSink()
    const trail = await openTrail({ sinks: [store.sink, copy], clock, ids, scrubber })
    await trail.release(masked(await trail.intend(cleared()), rows()))
    expect(seen).toEqual(store.records)
  })

  test('a durable sink that fails ends everything until a restart', async () => {
    const state = { down: false }
    const store = durableSink({
      write: async () => {
        if (state.down) throw new Error('down')
      },
    })
    const trail = await openTrail({ sinks: [store.sink], clock, ids, scrubber })
    const intended = await trail.intend(cleared())
    state.down = true
    expect(await rejection(trail.release(masked(intended, rows())))).toBeInstanceOf(AuditUnavailableError)
    state.down = false
    expect(await rejection(intend(trail))).toBeInstanceOf(AuditUnavailableError)
    expect(await rejection(trail.refuse(submission(), refusal))).toBeInstanceOf(AuditUnavailableError)
  })

  test('a mandatory sink that fails ends the statement, is reported, and may come back', async () => {
    const state = { down: false }
    const store = durableSink()
    const mandatory = durableSink({
      name: 'siem',
      durable: false,
      mandatory: true,
      write: async () => {
        if (state.down) throw new Error('down')
      },
    })
    const trail = await openTrail({ sinks: [store.sink, mandatory.sink], clock, ids, scrubber })
    const intended = await trail.intend(cleared())
    state.down = true
    // The durable trail has taken the outcome by then, so it is told that nothing was released.
    expect(await rejection(trail.release(masked(intended, rows())))).toBeInstanceOf(AuditUnavailableError)
    await turn()
    state.down = false
    await trail.release(masked(await trail.intend(cleared()), rows()))
    expect(store.records.filter(({ event }) => event === 'control.fail')).toMatchObject([
      { detail: { sink: 'siem', withheld: [intended.recordId] } },
    ])
  })

  test('a sink that throws instead of rejecting is a sink that fails', async () => {
    const copy: AuditSink = {
      ...memorySink(),
      name: 'rude',
      write: () => {
        throw new Error('rude')
      },
    }
    const store = durableSink()
    const trail = await openTrail({ sinks: [store.sink, copy], clock, ids, scrubber })
    await trail.close()
    expect(store.records.map(({ event }) => event)).toContain('control.fail')
  })
})

describe('observers', () => {
  test('see every outcome after it is on record, and change nothing', async () => {
    const seen: { summary: OutcomeSummary; recorded: OutcomeDetail | undefined }[] = []
    const store = durableSink()
    const watch = (summary: OutcomeSummary) => {
      const record = store.records.at(-1)
      seen.push({ summary, recorded: record?.phase === 'outcome' ? record.outcome : undefined })
      throw new Error('an observer in trouble')
    }
    const late = async () => Promise.reject(new Error('later'))
    const trail = await openTrail({ sinks: [store.sink], clock, ids, scrubber, observers: [watch, late] })
    await trail.release(masked(await trail.intend(cleared()), rows()))
    await trail.refuse(submission(), refusal)
    await turn()
    expect(seen.map(({ summary }) => summary)).toMatchObject([
      {
        statement: submission().statement,
        principal: alice,
        decisionId: decision.id,
        status: 'released',
        rows: 1,
      },
      { principal: null, status: 'refused' },
    ])
    expect(seen.map(({ recorded }) => recorded?.status)).toEqual(['released', 'refused'])
  })
})
