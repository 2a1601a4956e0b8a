/** Trails of made-up records, written line by line: whatever stands in them, chained and in segments. */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { type ChainHead, encodeLine, lineHash, ZERO_HASH } from '../../../src/audit/trail-line.js'
import type { AuditRecord, OutcomeDetail, StatementRecord } from '../../../src/model/record.js'

export class TrailOfRecords {
  readonly directory: string
  #head: ChainHead = { seq: 0, hash: ZERO_HASH }
  #segment = 1

  constructor(directory: string) {
    this.directory = directory
    mkdirSync(directory, { recursive: true })
  }

  get head(): ChainHead {
    return this.#head
  }

  get segmentPath(): string {
    return join(this.directory, `${String(this.#segment).padStart(8, '0')}.jsonl`)
  }

  append(...records: readonly AuditRecord[]): this {
    let text = ''
    for (const record of records) {
      const line = encodeLine(record, 'test', this.#head)
      this.#head = { seq: this.#head.seq + 1, hash: lineHash(Buffer.from(line)) }
      text += `${line}\n`
    }
    appendFileSync(this.segmentPath, text)
    return this
  }

  /** Somebody else has written the line. */
  continueAt(line: string): this {
    this.#head = { seq: this.#head.seq + 1, hash: lineHash(Buffer.from(line)) }
    return this
  }

  rotate(): this {
    this.#segment += 1
    return this
  }
}

export const START = Date.parse('2026-01-01T00:00:00.000Z')

export function at(minutes: number): string {
  return new Date(START + minutes * 60_000).toISOString()
}

export function statement(over: Partial<StatementRecord> = {}): StatementRecord {
  return {
    principal: { subject: 'alice@corp.example', issuer: 'https://id.corp.example', kind: 'human' },
    agent: { framework: 'autogen', id: 'billing-bot' },
    session: 'conversation-17',
    origination: 'pid 4711 on app-3',
    point: 'knex',
    dataSource: { id: 'billing', environment: 'production', dialect: 'postgres' },
    statement: 'select id, note from orders where id = $1',
    bindings: ['7'],
    objects: [{ name: 'public.orders', access: 'read' }],
    labels: [],
    decision: { id: 'D-1', effect: 'allow', rule: 'reads', reason: 'Reads are fine.', policyHash: 'c0ffee' },
    ...over,
  }
}

export function intent(id: string, time: string, body = statement()): AuditRecord {
  return { event: 'statement', phase: 'intent', id, time, body }
}

export function outcome(
  id: string,
  time: string,
  over: Partial<OutcomeDetail> = {},
  body?: StatementRecord,
): AuditRecord {
  return {
    event: 'statement',
    phase: 'outcome',
    id,
    time,
    outcome: { status: 'released', rows: 1, durationMs: 3, ...over },
    ...(body === undefined ? {} : { body }),
  }
}

export function event(
  id: string,
  time: string,
  detail: Readonly<Record<string, unknown>> = {},
  name: Extract<AuditRecord, { phase: 'single' }>['event'] = 'policy.load',
): AuditRecord {
  return { event: name, phase: 'single', id, time, detail }
}

const NAMES = ['alice', 'Alice', 'bob', 'Straße', 'STRASSE', 'ınce', 'x.y', '', 'a b', 'id\u202e', 'ÀB']
const name = fc.constantFrom(...NAMES)
const few = fc.integer({ min: 0, max: 9 })

const body: fc.Arbitrary<StatementRecord> = fc
  .record({
    subject: name,
    behalf: fc.option(name),
    agent: fc.option(name),
    session: name,
    source: name,
    text: fc.oneof(name, fc.string({ unit: 'binary', maxLength: 30 })),
    objects: fc.array(fc.tuple(name, name), { maxLength: 3 }),
    labels: fc.array(fc.constantFrom('pan', 'sad', 'email'), { maxLength: 2 }),
    effect: fc.constantFrom('allow' as const, 'deny' as const, 'require_approval' as const),
    rule: name,
    decision: few,
    request: fc.option(few),
    nobody: fc.boolean(),
  })
  .map(made => {
    const principal = { subject: made.subject, issuer: 'i', kind: 'human' as const }
    const behalf = made.behalf === null ? {} : { onBehalfOf: { ...principal, subject: made.behalf } }
    const { agent: _, ...plain } = statement()
    return {
      ...plain,
      principal: made.nobody ? null : { ...principal, ...behalf },
      ...(made.agent === null ? {} : { agent: { framework: 'f', id: made.agent } }),
      session: made.session,
      dataSource: { id: made.source, environment: 'e', dialect: 'postgres' },
      statement: made.text,
      objects: made.objects.map(([schema, relation]) => ({
        name: `${schema}.${relation}`,
        access: 'read' as const,
      })),
      labels: made.labels,
      decision: {
        id: `D-${made.decision}`,
        effect: made.effect,
        rule: made.rule,
        reason: 'r',
        policyHash: 'h',
      },
      ...(made.request === null
        ? {}
        : {
            approval: {
              grant: `G-${made.request}`,
              request: `R-${made.request}`,
              kind: 'single' as const,
              approvers: [],
              reasons: [],
              grantedAt: '',
              expiresAt: '',
            },
          }),
    }
  })

/** What is written next; the writer gives ids, so that outcomes meet their intents. */
export type Step =
  | { readonly do: 'intend'; readonly body: StatementRecord; readonly time: string }
  | {
      readonly do: 'end'
      readonly which: number
      readonly outcome: Partial<OutcomeDetail>
      readonly time: string
    }
  | {
      readonly do: 'whole'
      readonly body: StatementRecord
      readonly outcome: Partial<OutcomeDetail>
      readonly time: string
    }
  | { readonly do: 'event'; readonly detail: Readonly<Record<string, unknown>>; readonly time: string }
  | { readonly do: 'rotate' }

// Clocks are set back now and then, and a line may hold a time that is none.
const time = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 5000 }).map(at) },
  { weight: 1, arbitrary: fc.constant('soon') },
)
const ending: fc.Arbitrary<Partial<OutcomeDetail>> = fc.record({
  status: fc.constantFrom('released', 'refused', 'failed', 'cut', 'unknown'),
  rows: few,
  durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
})

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('intend' as const), body, time }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(20), outcome: ending, time }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('whole' as const), body, outcome: ending, time }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('event' as const),
      detail: fc.record(
        { session: name, request: few.map(n => `R-${n}`), decisions: fc.array(few.map(n => `D-${n}`)) },
        { requiredKeys: [] },
      ),
      time,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rotate' as const) }) },
)

/** Writes steps; what was begun may end in any order, or never. */
export function writer(trail: TrailOfRecords): (steps: readonly Step[]) => void {
  const open: string[] = []
  let made = 0
  return steps => {
    for (const step of steps) {
      const id = `S-${made++}`
      if (step.do === 'rotate') trail.rotate()
      else if (step.do === 'event') trail.append(event(id, step.time, step.detail))
      else if (step.do === 'whole') trail.append(outcome(id, step.time, step.outcome, step.body))
      else if (step.do === 'intend') {
        trail.append(intent(id, step.time, step.body))
        open.push(id)
      } else {
        const [ended] = open.splice(step.which % Math.max(1, open.length), 1)
        // An outcome without an intent tells of nothing, as in a trail that was pruned.
        trail.append(outcome(ended ?? id, step.time, step.outcome))
      }
    }
  }
}

export const filter = fc.record(
  {
    principal: name,
    agent: name,
    session: name,
    dataSource: name,
    object: fc.oneof(
      name,
      fc.tuple(name, name).map(parts => parts.join('.')),
    ),
    label: fc.constantFrom('pan', 'PAN', 'email'),
    decision: fc.constantFrom('allow' as const, 'deny' as const, 'require_approval' as const),
    status: fc.constantFrom('released' as const, 'refused' as const, 'unknown' as const),
    rule: name,
    id: fc.oneof(
      few.map(n => `D-${n}`),
      few.map(n => `s-${n}`),
      fc.array(
        few.map(n => `R-${n}`),
        { maxLength: 3 },
      ),
    ),
    from: fc.integer({ min: 0, max: 5000 }).map(n => START + n * 60_000),
    to: fc.integer({ min: 0, max: 5000 }).map(n => START + n * 60_000),
    text: name,
  },
  { requiredKeys: [] },
)

/** Most random conditions together match nothing: of most filters only one or two are kept. */
export const sparseFilter = fc
  .tuple(filter, fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }))
  .map(([all, picks]) => {
    const entries = Object.entries(all)
    return Object.fromEntries(
      picks.flatMap(pick => (entries.length === 0 ? [] : [entries[pick % entries.length] ?? []])),
    ) as typeof all
  })
