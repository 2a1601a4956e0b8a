/** What the trail relies on in an `AuditSink`, as tests. The adapter under test brings a reader of its storage. */
import assert from 'node:assert/strict'
import type { AuditSink } from '../audit/audit-sink.js'
import type { AuditRecord } from '../model/record.js'
import { canonicalJson } from '../util/canonical-json.js'
import { type Patience, patience } from './settled.js'
import type { TestFunction } from './test-function.js'

/** One fresh, empty sink and a way to see what it stored. */
export interface AuditSinkUnderTest {
  readonly sink: AuditSink
  /**
   * The records that storage holds now, in order, without those that the sink writes about itself
   * (`trail.segment` and the like). For a durable sink read past the process: open the file again, ask
   * the database over another connection. Works after `close`.
   */
  stored(): Promise<readonly AuditRecord[]>
  /** Makes storage refuse everything from now on: the disk is full, the server is gone. */
  breakStorage?(): void | Promise<void>
  /** Frees what `make` took. The sink may be closed or broken by then. */
  dispose?(): void | Promise<void>
}

export interface AuditSinkContractOptions {
  readonly test: TestFunction
  readonly make: () => AuditSinkUnderTest | Promise<AuditSinkUnderTest>
  /** Milliseconds in which a write or close must settle. Default 5,000. */
  readonly patienceMs?: number
}

/**
 * Registers one test for each promise of the port. Without `breakStorage`, the promise about broken
 * storage is not checked.
 *
 * @example
 * auditSinkContract({ test, make: async () => ({ sink: mySink(url), stored: () => readBack(url) }) })
 */
export function auditSinkContract({ test, make, patienceMs }: AuditSinkContractOptions): void {
  for (const [promise, check] of Object.entries(PROMISES)) {
    test(`audit sink: ${promise}`, async () => {
      const adapter = await make()
      try {
        const bench = benchFor(adapter, patience(patienceMs))
        await bench.open()
        await check(bench)
      } finally {
        await adapter.dispose?.()
      }
    })
  }
}

interface Bench extends AuditSinkUnderTest, Patience {
  /** As the trail does before its first record. A fresh sink has nothing to recover. */
  open(): Promise<void>
  /** Default `'durable'`. */
  write(records: readonly AuditRecord[], settle?: 'durable' | 'accepted'): Promise<void>
}

/** Twice this many bytes in UTF-8, and still below the longest line of a trail. */
const LARGE = 262_144

const PROMISES: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'has a name and says whether it is durable': async ({ sink }) => {
    assert.equal(typeof sink.name, 'string')
    assert.notEqual(sink.name.trim(), '')
    assert.equal(typeof sink.durable, 'boolean')
  },
  'has stored a record whole when a durable write resolves': async ({ stored, write }) => {
    const record = noted('one')
    await write([record])
    same(await stored(), [record])
  },
  'keeps the order within a write and between writes': async ({ stored, write }) => {
    const written: AuditRecord[] = []
    for (let round = 0; round < 10; round += 1) {
      const batch = [noted(`${round}-a`), noted(`${round}-b`), noted(`${round}-c`)]
      written.push(...batch)
      await write(batch)
    }
    same(await stored(), written)
  },
  'keeps every record of concurrent writes once, in the order of the calls': async ({ stored, write }) => {
    const records = Array.from({ length: 200 }, (_, at) => noted(`c${at}`, 'x'.repeat((at * 7919) % 5_000)))
    await Promise.all(records.map(record => write([record])))
    same(await stored(), records)
  },
  'has stored what was accepted before a durable write resolves': async ({ stored, write }) => {
    const [first, second, third] = [noted('accepted 1'), noted('accepted 2'), noted('durable')]
    const early = [write([first], 'accepted'), write([second], 'accepted')]
    await write([third])
    same(await stored(), [first, second, third])
    await Promise.all(early)
  },
  'keeps both phases of a statement as they are': async ({ stored, write }) => {
    const records = statementRecords()
    await write(records)
    same(await stored(), records)
  },
  'settles what was accepted when an empty durable write resolves': async ({ stored, write }) => {
    await write([])
    const record = noted('accepted')
    const early = write([record], 'accepted')
    await write([])
    same(await stored(), [record])
    await early
  },
  'keeps large records whole': async ({ stored, write }) => {
    const records = [noted('large', 'é'.repeat(LARGE)), noted('small')]
    await write(records)
    same(await stored(), records)
  },
  'keeps every character': async ({ stored, write }) => {
    const record = noted(
      'text',
      'tab\t line\n return\r nul\u0000 quote" back\\ \u2028\u2029\u0085 😀 \u202e é e\u0301',
    )
    await write([record])
    same(await stored(), [record])
  },
  'leaves the records alone': async ({ write }) => {
    const records = [noted('frozen')]
    const before = JSON.stringify(records)
    await write(records)
    assert.equal(JSON.stringify(records), before)
  },
  'stores what was under way when it closes': async ({ sink, stored, write, inTime }) => {
    const records = Array.from({ length: 20 }, (_, at) => noted(`closing ${at}`))
    const writes = records.map(record => write([record]))
    await Promise.all([...writes, inTime(sink.close(), 'close')])
    same(await stored(), records)
  },
  'rejects a write after close and stores nothing of it': async ({
    sink,
    stored,
    write,
    inTime,
    rejects,
  }) => {
    const record = noted('before close')
    await write([record])
    await inTime(sink.close(), 'close')
    await rejects(write([noted('after close')]), 'a durable write after close')
    await rejects(write([noted('after close')], 'accepted'), 'an accepted write after close')
    same(await stored(), [record])
  },
  'rejects when storage fails, and never claims a record that is not stored': async bench => {
    const { write, rejects, stored, breakStorage } = bench
    if (breakStorage === undefined) return
    const record = noted('before')
    await write([record])
    await breakStorage()
    const early = write([noted('accepted into nothing')], 'accepted')
    early.catch(() => {})
    await rejects(write([noted('lost')]), 'a durable write into broken storage')
    await rejects(write([noted('lost again')]), 'the next durable write into broken storage')
    const ids = (await stored()).map(({ id }) => id)
    assert.ok(ids.includes(record.id), 'a record that was acknowledged is gone')
  },
}

function benchFor(adapter: AuditSinkUnderTest, { inTime, rejects }: Patience): Bench {
  const { sink } = adapter
  return {
    ...adapter,
    inTime,
    rejects,
    async open() {
      if (sink.open === undefined) return
      assert.deepEqual(await inTime(sink.open(), 'open'), [], 'a fresh sink recovered something')
    },
    write: (records, settle = 'durable') =>
      inTime(sink.write(records, settle), `a write of ${records.length} records`),
  }
}

/** Compares as canonical JSON, which is what every storage of records comes down to. */
function same(actual: readonly AuditRecord[], expected: readonly AuditRecord[]): void {
  assert.deepEqual(
    actual.map(({ id }) => id),
    expected.map(({ id }) => id),
  )
  for (const [at, record] of expected.entries()) {
    assert.ok(
      canonicalJson(actual[at]) === canonicalJson(record),
      `record ${record.id} was changed on the way`,
    )
  }
}

function noted(id: string, text = ''): AuditRecord {
  const detail = Object.freeze({
    text,
    nested: Object.freeze({ numbers: Object.freeze([0, -1, 1.5]), nothing: null }),
  })
  return Object.freeze({ event: 'audit.read', phase: 'single', id, time: TIME, detail })
}

const TIME = '2030-01-01T00:00:00.000Z'

function statementRecords(): readonly AuditRecord[] {
  return [
    {
      event: 'statement',
      phase: 'intent',
      id: 'statement-1',
      time: TIME,
      body: {
        principal: { subject: 'alice', issuer: 'contract', kind: 'human' },
        session: 's1',
        origination: 'contract',
        point: 'knex',
        dataSource: { id: 'orders', environment: 'production', dialect: 'postgres' },
        statement: 'select id from orders where id = $1',
        bindings: ['7'],
        objects: [{ name: 'public.orders', access: 'read' }],
        labels: [],
        decision: {
          id: 'd1',
          effect: 'allow',
          rule: 'reads',
          reason: 'Reads are allowed.',
          policyHash: '00',
        },
      },
    },
    {
      event: 'statement',
      phase: 'outcome',
      id: 'statement-1',
      time: TIME,
      outcome: { status: 'released', rows: 1, masked: { pan: 0 }, payload: [{ id: 7 }], durationMs: 1.25 },
    },
  ]
}
