/** A pipeline whose stages are stubs in memory that write down their turn; each can be made to misbehave. */
import { jest } from '@jest/globals'
import type { Analyzer } from '../../src/analysis/analyzer.js'
import type { ApprovalDesk } from '../../src/approval/desk.js'
import type { Trail } from '../../src/audit/trail.js'
import type { Masker } from '../../src/masking/masker.js'
import type { Effect } from '../../src/model/decision.js'
import type { EngineError, Executor } from '../../src/model/executor.js'
import type { Governor, Outcome } from '../../src/model/governor.js'
import type { ApprovalAnswer } from '../../src/model/grant.js'
import type { Analyzed, Charged, Decided, Executed, Intended, Masked } from '../../src/model/progress.js'
import type { Refusal, RefusalCode } from '../../src/model/refusal.js'
import type { Result, ResultSet } from '../../src/model/result.js'
import type { Submission } from '../../src/model/submission.js'
import type { House } from '../../src/pipeline.js'
import { alice, approves, bench, decided as decidedKit, type HandClock, handClock } from './desk-kit.js'

export const rows: ResultSet = { fields: [{ name: 'id' }], rows: [{ id: 7 }], truncated: false }

interface State {
  /** What happened, in order. */
  log: string[]
  /** Stage to what it does instead of working. */
  trouble: Record<string, () => unknown>
  /** What policy says. */
  effect: Effect
  databaseSays: Result | EngineError
  /** What the approver says. */
  answer: () => Promise<ApprovalAnswer>
  /** Of the governor made last. */
  clock: HandClock
}

const calmState = (): State => ({
  log: [],
  trouble: {},
  effect: 'allow',
  databaseSays: rows,
  answer: async () => approves(),
  clock: handClock(),
})

/** Reset before each test with `reset`. */
export const state: State = calmState()

export function reset(): void {
  Object.assign(state, calmState())
}

function at<T>(stage: string, work: () => T): T {
  state.log.push(stage)
  const instead = state.trouble[stage]
  return instead === undefined ? work() : (instead() as T)
}

export const kit = decidedKit()

jest.unstable_mockModule('../../src/policy/decide.js', () => ({
  decide: async (_point: unknown, analyzed: Analyzed): Promise<Decided | Refusal> =>
    at('decide', () =>
      state.effect === 'deny'
        ? refusal('CARDEA_POLICY_DENIED')
        : ({ ...analyzed, decision: { ...kit.decision, effect: state.effect } } as unknown as Decided),
    ),
  explain: async (_point: unknown, { facts }: Analyzed) =>
    at('explain', () => ({ facts, decision: { ...kit.decision, effect: state.effect } })),
}))
jest.unstable_mockModule('../../src/execution/execute.js', () => ({
  execute: async (intended: Intended, executor: Executor, signal: AbortSignal): Promise<Executed | Refusal> =>
    at(
      'execute',
      async () => ({ intended, result: await executor.run({ readOnly: true, signal }) }) as Executed,
    ),
}))
const { pipeline } = await import('../../src/pipeline.js')

export function refusal(code: RefusalCode): Refusal {
  return { refused: true, code, reason: `refused with ${code}` }
}

export const executor: Executor = {
  run: async () => at('run', () => state.databaseSays),
  begin: async () => {},
  commit: async () => {},
  rollback: async () => {},
}

const analyzer: Analyzer = {
  analyze: identified =>
    at('analyze', () => ({ ...identified, facts: kit.facts, catalog: kit.catalog }) as unknown as Analyzed),
}

const masker: Masker = {
  mask: executed =>
    at('mask', () => ({ executed, result: executed.result, counts: () => ({}) }) as unknown as Masked),
  told: (_explanation, _catalog, fields) => fields,
}

const trail: Trail = {
  intend: async cleared =>
    at('intend', () => ({ cleared, recordId: 'record-1', startedAt: 0 }) as unknown as Intended),
  release: async masked => at('release', () => masked.result),
  withhold: async () => at('withhold', () => {}),
  fail: async () => at('fail', () => {}),
  refuse: async () => at('refuse', () => {}),
  abort: async () => at('abort', () => {}),
  note: async () => {},
  close: async () => {},
}

export function governor(parts: Partial<House> = {}): Governor {
  const { desk, clock } = bench(() => state.answer())
  state.clock = clock
  const loud: ApprovalDesk = {
    obtain: (decided, signal) => at('obtain', () => desk.obtain(decided, signal)),
    clear: (decided, pass) => at('clear', () => desk.clear(decided, pass)),
    petition: (...args) => desk.petition(...args),
    standing: (...args) => desk.standing(...args),
    account: outcome => desk.account(outcome),
    queue: desk.queue,
    close: () => desk.close(),
  }
  return pipeline({
    identity: { name: 'test', verify: () => at('identify', () => alice) },
    catalog: {
      current: () => at('current', () => kit.catalog),
      revalidate: async () => at('revalidate', () => kit.catalog),
      invalidate: () => void state.log.push('invalidate'),
    },
    analyzer,
    decisions: {
      engine: { name: 'unused', hash: kit.decision.policyHash, evaluate: () => ({}) as never },
      hooks: [],
      clock,
      ids: { next: () => 'unused' },
    },
    desk: loud,
    masker,
    budgets: {
      admit: decided => at('admit', () => decided),
      charge: masked => at('charge', () => masked as Charged),
    },
    trail,
    clock,
    ...parts,
  })
}

export const submission: Submission = kit.submission
export const calm = new AbortController().signal

export function govern(signal = calm): Promise<Outcome> {
  return governor().govern(submission, executor, signal)
}
