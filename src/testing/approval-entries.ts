/** Entries and listeners for the contract of approval stores. */
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { ApprovalEntry, ApprovalState } from '../approval/approval-entry.js'
import type { ApprovalStore, EntryFilter } from '../approval/approval-store.js'
import { canonicalJson } from '../util/canonical-json.js'

/** Twice this many bytes in UTF-8. */
export const LARGE = 131_072

export const ODD_TEXT =
  'nul\u0000 tab\t line\n return\r quote" \' ` back\\ \\u0000 ? $1 :a %s \u2028\u0085 😀 \ud800 \udc00 \u202e é e\u0301'

/** A pending entry that waits for its holder. */
export function entry(id: string, changes: Partial<ApprovalEntry> = {}): ApprovalEntry {
  const createdAt = changes.createdAt ?? 1_000
  return Object.freeze({
    id,
    version: 1,
    state: 'pending',
    mode: 'wait',
    request: {
      id,
      kind: 'single',
      statement: 'delete from orders where id = $1',
      bindings: ['7'],
      summary: [],
      labels: ['pan'],
      principal: { subject: 'requester', issuer: 'contract' },
      session: 'contract-session',
      dataSource: { id: 'orders', environment: 'production' },
      rule: 'writes-need-approval',
      reason: 'Writes need an approval.',
      trace: [],
      requirement: {
        approvers: [],
        quorum: 1,
        decideWithinMs: 60_000,
        useWithinMs: 60_000,
        reasonRequired: true,
      },
      createdAt,
      decideBy: createdAt + 60_000,
    },
    ask: 'ask',
    topic: 'topic',
    requester: 'requester',
    openKey: `key of ${id}`,
    holder: 'holder',
    heldUntil: 5_000,
    answers: [],
    createdAt,
    updatedAt: createdAt,
    decideBy: createdAt + 60_000,
    useWithinMs: 60_000,
    grantId: null,
    grantedAt: null,
    useBy: null,
    rowsLeft: null,
    reviewBy: null,
    review: null,
    why: null,
    seal: '00',
    ...changes,
  } satisfies ApprovalEntry)
}

/** The version after it, in another state. */
export function next(
  before: ApprovalEntry,
  state: ApprovalState,
  changes: Partial<ApprovalEntry> = {},
): ApprovalEntry {
  const { version, updatedAt } = before
  return Object.freeze({ ...before, version: version + 1, state, updatedAt: updatedAt + 1, ...changes })
}

/** Five entries, named in the order of their creation. */
export async function fill(
  add: (...entries: readonly ApprovalEntry[]) => Promise<void>,
  store: ApprovalStore,
): Promise<void> {
  const emergency = (id: string) => ({ ...entry(id).request, kind: 'break-glass' as const })
  const a = entry('a', { createdAt: 10, requester: 'r1', topic: 't1' })
  const b = entry('b', {
    createdAt: 20,
    requester: 'r1',
    topic: 't1',
    request: emergency('b'),
    reviewBy: 100,
  })
  const c = entry('c', { createdAt: 30, requester: 'r1', topic: 't2' })
  const d = entry('d', { createdAt: 40, requester: 'r2', topic: 't2' })
  const e = entry('e', {
    createdAt: 50,
    requester: 'r2',
    topic: 't2',
    request: emergency('e'),
    reviewBy: 100,
  })
  // Not in the order of their times.
  await add(c, a, e, b, d)
  const review = { reviewer: { subject: 'reviewer', issuer: 'contract' }, words: 'fine', at: 60 }
  const changes = [
    next(a, 'denied', { updatedAt: 60 }),
    next(b, 'consumed', { updatedAt: 61, review }),
    next(e, 'consumed', { updatedAt: 62 }),
  ]
  for (const change of changes) assert.equal(await store.replace(change), true)
}

/** What is listed of what `fill` adds. */
export const LISTED: readonly (readonly [EntryFilter, string])[] = [
  [{}, 'e d c b a'],
  [{ limit: 2 }, 'e d'],
  [{ states: ['pending'] }, 'd c'],
  [{ states: ['denied', 'consumed'] }, 'e b a'],
  [{ states: [] }, ''],
  [{ requester: 'r1' }, 'c b a'],
  [{ requester: 'R1' }, ''],
  [{ topic: 't2' }, 'e d c'],
  [{ createdSince: 30 }, 'e d c'],
  [{ updatedSince: 51 }, 'e b a'],
  [{ kind: 'break-glass' }, 'e b'],
  [{ unreviewed: true }, 'e'],
  [{ requester: 'r1', states: ['pending'], topic: 't2', createdSince: 1, limit: 5 }, 'c'],
  [{ requester: 'nobody' }, ''],
]

/** A listener, and what it was told. */
export interface Ears {
  has(id: string): boolean
  /** Resolves once it has been told of the entry. */
  heard(id: string): Promise<void>
  forget(): void
  stop(): void
}

export function ears(store: ApprovalStore): Ears {
  const told = new Set<string>()
  const waiting = new Map<string, () => void>()
  const stop = store.watch(id => {
    told.add(id)
    waiting.get(id)?.()
  })
  return {
    has: id => told.has(id),
    heard: id => (told.has(id) ? Promise.resolve() : new Promise(resolve => waiting.set(id, resolve))),
    forget: () => told.clear(),
    stop,
  }
}

export function same(actual: ApprovalEntry | null, expected: ApprovalEntry, what: string): void {
  assert.equal(actual?.id, expected.id, what)
  assert.equal(actual.version, expected.version, what)
  assert.ok(canonicalJson(actual) === canonicalJson(expected), what)
}

/** The handle for one of many tries. */
export function pick<T>(from: readonly T[], at: number): T {
  const one = from[at % from.length]
  assert.ok(one !== undefined)
  return one
}

export function everythingIn(error: unknown): string {
  return `${String(error)} ${inspect(error, { depth: 10, showHidden: true })}`
}
