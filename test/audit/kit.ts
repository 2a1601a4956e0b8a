/** Statements, principals and a scrubber for the trail's tests. The scrubber knows published test PANs only. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AuditSink } from '../../src/audit/audit-sink.js'
import { type FileTrailOptions, fileTrail } from '../../src/audit/file-trail.js'
import { openTrail } from '../../src/audit/open-trail.js'
import { recordSchema } from '../../src/audit/schema/record-schema.js'
import type { Trail } from '../../src/audit/trail.js'
import { nodeTrailFiles, type TrailFiles } from '../../src/audit/trail-files.js'
import type { TrailEntry } from '../../src/audit/trail-line.js'
import type { Label } from '../../src/model/catalog.js'
import type { Decision } from '../../src/model/decision.js'
import type { EngineError } from '../../src/model/executor.js'
import type { AnalyzedFacts } from '../../src/model/facts.js'
import type { Principal } from '../../src/model/principal.js'
import type { Charged, Cleared, Intended } from '../../src/model/progress.js'
import type { AuditRecord } from '../../src/model/record.js'
import type { MaskCounts, Result, ResultSet, Row } from '../../src/model/result.js'
import type { Reserve, Scrubber } from '../../src/model/scrub.js'
import type { Submission } from '../../src/model/submission.js'
import { systemClock } from '../../src/util/clock.js'
import { ulids } from '../../src/util/ids.js'

export const PANS = ['4111111111111111', '5555555555554444', '378282246310005'] as const
const ANY_PAN = /4111111111111111|5555555555554444|378282246310005/g

const maskText = (text: string) => text.replace(ANY_PAN, pan => `${pan.slice(0, 6)}******${pan.slice(-4)}`)

export const scrubber: Scrubber = Object.freeze({
  text: maskText,
  also: () => scrubber,
  statement: (text: string, _dialect: string, reserve: Reserve) =>
    maskText(reserve !== 'open' ? text.replace(/'[^']*'?/g, "'?'") : text),
  binding: (value: unknown, reserve: Reserve) => (reserve !== 'open' ? '[masked]' : maskText(String(value))),
})

export const clock = systemClock
export const ids = ulids(systemClock)

export const alice: Principal = Object.freeze({
  subject: 'alice@corp.example',
  issuer: 'https://id.corp.example',
  roles: Object.freeze(['support', 'billing']),
  amr: Object.freeze(['pwd', 'otp']),
})

export const decision: Decision = Object.freeze<Decision>({
  id: '01J0000000000000000000DEC1',
  effect: 'allow',
  rule: 'reads',
  reason: 'Support may read orders by key.',
  trace: [],
  obligations: { mask: [{ method: 'scan' }, { method: 'scan' }], errors: 'scan', readOnly: true },
  policyHash: 'c0ffee'.repeat(10),
})

export function facts(over: Partial<AnalyzedFacts> = {}): AnalyzedFacts {
  const id = { schema: 'public', relation: 'orders', column: 'id', labels: [] }
  const note = { ...id, column: 'note' }
  return Object.freeze<AnalyzedFacts>({
    analyzable: true,
    dialect: 'postgres',
    kind: 'select',
    effects: [{ kind: 'select', verb: 'select' }],
    relations: [{ schema: 'public', relation: 'orders', access: 'read', system: false }],
    columns: [{ column: id, use: 'predicate', comparison: 'equality-constant' }],
    functions: [],
    output: [
      { name: 'id', lineage: { kind: 'direct', sources: [id] } },
      { name: 'note', lineage: { kind: 'direct', sources: [note] } },
    ],
    flows: [],
    locks: [],
    readOnly: true,
    fingerprint: 'select id, note from orders where id = ?',
    catalogVersion: 'v1',
    ...over,
  })
}

export function labelled(label: Label, over: Partial<AnalyzedFacts> = {}): AnalyzedFacts {
  const pan = { schema: 'public', relation: 'cards', column: 'pan', labels: [label] }
  return facts({ output: [{ name: 'pan', lineage: { kind: 'direct', sources: [pan] } }], ...over })
}

export function submission(over: Partial<Submission> = {}): Submission {
  return Object.freeze<Submission>({
    statement: 'select id, note from orders where id = $1',
    bindings: [7],
    dialect: 'postgres',
    credentials: { kind: 'asserted', principal: alice },
    agent: Object.freeze({ framework: 'autogen', id: 'billing-bot', version: '0.7.5' }),
    session: 'conversation-17',
    dataSource: Object.freeze({ id: 'billing', environment: 'production' }),
    point: 'knex',
    issuer: 'caller',
    origination: 'pid 4711 on app-3',
    ...over,
  })
}

export function cleared(over: Partial<Omit<Cleared, 'catalog'>> = {}): Cleared {
  const catalog = { dialect: 'postgres', version: 'v1', searchPath: [], relations: [], routines: [] }
  const value: unknown = {
    submission: submission(),
    principal: alice,
    facts: facts(),
    catalog,
    decision,
    grant: null,
    ...over,
  }
  return value as Cleared
}

export function masked(intended: Intended, result: Result | EngineError, counts: MaskCounts = {}): Charged {
  const value: unknown = { executed: { intended, result }, result, counts: () => counts }
  return value as Charged
}

export function rows(values: Row[] = [{ id: 7, note: 'left at the door' }]): ResultSet {
  return { fields: [{ name: 'id' }, { name: 'note' }], rows: values, truncated: false }
}

/** A directory of its own, gone after `run`. */
export async function inDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const parent = mkdtempSync(join(tmpdir(), 'cardea-audit-'))
  try {
    return await run(join(parent, 'audit'))
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
}

export function open(
  directory: string,
  over: Partial<FileTrailOptions> = {},
  files?: TrailFiles,
): Promise<Trail> {
  return openTrail({ sinks: [described(fileTrail({ directory, ...over }, files))], clock, ids, scrubber })
}

/** The same sink, which takes nothing but what the published schema describes. */
export function described(sink: AuditSink): AuditSink {
  return Object.freeze({
    ...sink,
    write: (records: readonly AuditRecord[], settle: 'accepted' | 'durable') => {
      for (const record of records) {
        recordSchema.parse({ ...record, v: 1, origin: 'here', seq: 1, prev: '0'.repeat(64) })
      }
      return sink.write(records, settle)
    },
  })
}

/** A statement whose intent is a record of its own. */
export const writing = cleared({ facts: facts({ readOnly: false }) })

/** As the pipeline waits for it. */
export async function intend(trail: Trail, statement = cleared()): Promise<Intended> {
  return trail.intend(statement)
}

/** One governed read, from intent to outcome. */
export async function read(trail: Trail, statement = cleared()): Promise<void> {
  const intended = await trail.intend(statement)
  await trail.release(masked(intended, rows()))
}

/** Until the intent of a read, which waits a little for its outcome, is written. */
export function lingered(): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, 20)
  })
}

export function segmentNames(directory: string): string[] {
  return readdirSync(directory)
    .filter(name => name.endsWith('.jsonl'))
    .sort()
}

/** Everything in the segments, line by line, without looking at it. */
export function lines(directory: string): string[] {
  const text = segmentNames(directory).map(name => readFileSync(join(directory, name), 'utf8'))
  return text.join('').split('\n').slice(0, -1)
}

export function recordsOf(directory: string): TrailEntry[] {
  return lines(directory).map(line => JSON.parse(line) as TrailEntry)
}

export function lifecycle(id: string, detail: Readonly<Record<string, unknown>> = {}): AuditRecord {
  return { event: 'audit.read', phase: 'single', id, time: '2030-01-01T00:00:00.000Z', detail }
}

/** What `run` rejects with; fails when it does not. */
export async function rejection(run: Promise<unknown>): Promise<unknown> {
  try {
    await run
  } catch (error) {
    return error
  }
  throw new Error('nothing was rejected')
}

/** Real files whose next operations can be made to fail. */
export function failingFiles(): {
  files: TrailFiles
  fail: { append?: Error; sync?: Error; shortWrites?: boolean }
} {
  const fail: { append?: Error; sync?: Error; shortWrites?: boolean } = {}
  const files: TrailFiles = {
    ...nodeTrailFiles,
    append: (handle, bytes, offset, length) => {
      if (fail.append !== undefined) throw fail.append
      const offered = fail.shortWrites === true ? Math.min(length, 7) : length
      return nodeTrailFiles.append(handle, bytes, offset, offered)
    },
    sync: async handle => {
      await nodeTrailFiles.sync(handle)
      if (fail.sync !== undefined) throw fail.sync
    },
  }
  return { files, fail }
}

export function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code })
}

const typescript = fileURLToPath(new URL('../support/typescript.mjs', import.meta.url))
const writer = fileURLToPath(new URL('./writer.child.ts', import.meta.url))

/** The writer program as a process of its own. `shell` may set limits before it becomes the program. */
export function spawnWriter(directory: string, mode: string, limits = ':'): ChildProcessWithoutNullStreams {
  const command = `${limits}; exec "$0" --import "$1" "$2" "$3" "$4"`
  return spawn('/bin/sh', ['-c', command, process.execPath, typescript, writer, directory, mode])
}
