/**
 * A Governor for testing the enforcement point alone: denies by a pattern, masks `users.email` by its
 * run-time origin, asks for approval by a pattern, and remembers what it was asked.
 */
import { type EngineError, type Executor, isEngineError } from '../../../../src/model/executor.js'
import type { Governor, Outcome } from '../../../../src/model/governor.js'
import type { Pass } from '../../../../src/model/progress.js'
import type { Refusal } from '../../../../src/model/refusal.js'
import {
  type Batch,
  type Field,
  isStream,
  plainRows,
  type Result,
  type Row,
} from '../../../../src/model/result.js'
import type { Submission } from '../../../../src/model/submission.js'

export const masked = '***'

export interface TestPolicy {
  deny?: RegExp
  needsApproval?: RegExp
  /** Resolves true to approve. */
  approve?: (submission: Submission) => Promise<boolean>
  /** Which columns are e-mail addresses; values with an `@` of no known origin are masked as well. */
  isEmail?: (field: Field) => boolean
  maxRows?: number
  readOnly?: (submission: Submission) => boolean
  timeoutMs?: number | ((submission: Submission) => number | undefined)
  /** Begins, runs, then rolls back a write that affects more rows than this. */
  maxAffected?: number
}

export interface Seen {
  readonly approved: Submission[]
  readonly governed: Submission[]
  readonly refused: Submission[]
  readonly withPass: Submission[]
  readonly fields: (readonly Field[])[]
  readonly streamsEnded: string[]
}

export interface TestGovernor extends Governor {
  readonly seen: Seen
  readonly policy: TestPolicy
}

export function testGovernor(policy: TestPolicy = {}): TestGovernor {
  const seen: Seen = { approved: [], governed: [], refused: [], withPass: [], fields: [], streamsEnded: [] }
  const passes = new WeakMap<object, Submission>()

  async function obtain(submission: Submission, signal: AbortSignal): Promise<Pass | Refusal> {
    if (policy.deny?.test(submission.statement)) {
      seen.refused.push(submission)
      return refusal('CARDEA_POLICY_DENIED', 'The table is off limits.')
    }
    if (policy.needsApproval?.test(submission.statement) && submission.issuer === 'caller') {
      seen.approved.push(submission)
      const answer = await Promise.race([policy.approve?.(submission) ?? true, aborted(signal)])
      if (answer === 'aborted') return refusal('CARDEA_ABANDONED', 'The caller gave up.')
      if (!answer) return refusal('CARDEA_APPROVAL_DENIED', 'Not today.')
    }
    const pass = Object.freeze({ grant: null }) as unknown as Pass
    passes.set(pass, submission)
    return pass
  }

  return {
    seen,
    policy,
    approve: obtain,
    async govern(submission, executor, signal, pass): Promise<Outcome> {
      const given = pass === undefined ? undefined : passes.get(pass)
      const valid = given !== undefined && same(given, submission)
      if (pass !== undefined && !valid)
        return { kind: 'refused', refusal: refusal('CARDEA_GRANT_INVALID', 'Another statement.') }
      if (pass !== undefined) {
        passes.delete(pass)
        seen.withPass.push(submission)
      }
      const cleared = pass ?? (await obtain(submission, signal))
      if ('refused' in cleared) return { kind: 'refused', refusal: cleared }
      seen.governed.push(submission)
      return carryOut(policy, seen, submission, executor, signal)
    },
    async petition() {
      throw new Error('not used')
    },
    async explain() {
      return refusal('CARDEA_POLICY_DENIED', 'Nothing to explain in a test.')
    },
  }
}

async function carryOut(
  policy: TestPolicy,
  seen: Seen,
  submission: Submission,
  executor: Executor,
  signal: AbortSignal,
): Promise<Outcome> {
  const timeoutMs = typeof policy.timeoutMs === 'function' ? policy.timeoutMs(submission) : policy.timeoutMs
  const limited = timeoutMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const bracket = policy.maxAffected !== undefined && submission.issuer === 'caller'
  if (bracket) await executor.begin()
  let result: Result | EngineError
  try {
    result = await executor.run({
      readOnly: policy.readOnly?.(submission) ?? false,
      ...(policy.maxRows === undefined ? {} : { maxRows: policy.maxRows }),
      signal: limited,
    })
  } catch (error) {
    if (bracket) await executor.rollback()
    throw error
  }
  if (isEngineError(result)) {
    if (bracket) await executor.rollback()
    return { kind: 'failed', error: scrub(result) }
  }
  if (!isStream(result) && bracket) {
    if ((result.affected ?? 0) > (policy.maxAffected ?? 0)) {
      await executor.rollback()
      return { kind: 'refused', refusal: refusal('CARDEA_AFFECTED_LIMIT', 'Too many rows written.') }
    }
    await executor.commit()
  }
  seen.fields.push(result.fields)
  if (isStream(result)) {
    return {
      kind: 'released',
      result: { fields: result.fields, batches: maskStream(policy, seen, result.fields, result.batches) },
      masked: () => ({}),
    }
  }
  if (result.truncated) return { kind: 'refused', refusal: refusal('CARDEA_ROW_LIMIT', 'Too many rows.') }
  for (const row of plainRows(result.rows)) maskRow(policy, result.fields, row)
  return { kind: 'released', result, masked: () => ({}) }
}

async function* maskStream(
  policy: TestPolicy,
  seen: Seen,
  fields: readonly Field[],
  batches: AsyncIterable<Batch>,
) {
  let end = 'cut'
  try {
    for await (const rows of batches) {
      for (const row of plainRows(rows)) maskRow(policy, fields, row)
      yield rows
    }
    end = 'whole'
  } finally {
    seen.streamsEnded.push(end)
  }
}

function maskRow(policy: TestPolicy, fields: readonly Field[], row: Row): void {
  fields.forEach((field, at) => {
    const key = Array.isArray(row) ? at : field.name
    const value: unknown = Reflect.get(row, key)
    const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
    if (policy.isEmail?.(field) || /@/.test(text)) Reflect.set(row, key, masked)
  })
}

/** As strict scrubbing does it: nothing of the engine's words, only which rule of the schema was broken. */
function scrub({ code, errno, constraint, table, schema, severity }: EngineError): EngineError {
  const fields = { code, errno, constraint, table, schema, severity }
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return { failed: true, message: 'The database refused the statement.', ...given }
}

function same(a: Submission, b: Submission): boolean {
  return a.statement === b.statement && JSON.stringify(a.bindings, text) === JSON.stringify(b.bindings, text)
}

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function refusal(code: Refusal['code'], reason: string): Refusal {
  return { refused: true, code, reason, rule: 'test' }
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise(resolve => {
    if (signal.aborted) resolve('aborted')
    signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  })
}
