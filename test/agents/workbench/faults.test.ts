/** What goes wrong below the workbench, and what a model reads of it. */
import { describe, expect, jest, test } from '@jest/globals'
import { GovernedWorkbench } from '../../../src/agents/autogen.js'
import { CardeaError, type CardeaErrorCode, DatabaseError } from '../../../src/errors.js'
import type { Outcome } from '../../../src/model/governor.js'
import type { RefusalCode } from '../../../src/model/refusal.js'
import type { Statements } from '../../../src/model/statements.js'
import { statementsThat } from './statements-that.js'

const PAN = '4111111111111111'
const sql = 'select 1'

async function answer(ways: Partial<Statements>, tool = 'query', options = {}) {
  const workbench = new GovernedWorkbench(statementsThat(ways), options)
  const { result, is_error } = await workbench.callTool(
    tool,
    tool === 'approval_status' ? { approval_id: 'A' } : { sql },
  )
  const text = result[0]?.content ?? ''
  expect(text).not.toContain(PAN)
  return { ...JSON.parse(text), is_error }
}
const run = (outcome: Outcome) => ({ run: async () => outcome })
const refused = (code: RefusalCode) =>
  run({ kind: 'refused', refusal: { refused: true, code, reason: 'Because.' } })

describe('a failure', () => {
  test('of somebody else’s making is told without its words', async () => {
    for (const thrown of [new Error(`no such ${PAN}`), PAN, undefined, { code: PAN }]) {
      expect(await answer({ run: () => Promise.reject(thrown) })).toEqual({
        status: 'failed',
        code: 'CARDEA_CONNECTION_FAILED',
        reason: 'The call could not be carried out. Nothing was released.',
        retryable: true,
        is_error: true,
      })
    }
    expect(await answer({ explain: () => Promise.reject(new Error(PAN)) })).toMatchObject({
      status: 'failed',
    })
    expect(await answer({ standing: () => Promise.reject(new Error(PAN)) }, 'approval_status')).toMatchObject(
      {
        status: 'failed',
      },
    )
    expect(await answer({ run: () => Promise.reject(new TypeError(PAN)) }, 'execute')).toMatchObject({
      retryable: false,
      reason: expect.stringContaining('read it before trying again'),
    })
  })

  test.each<[CardeaErrorCode, boolean]>([
    ['CARDEA_AUDIT_UNAVAILABLE', true],
    ['CARDEA_CATALOG_UNAVAILABLE', true],
    ['CARDEA_STORE_UNAVAILABLE', true],
    ['CARDEA_BINDING_REFUSED', false],
    ['CARDEA_CLOSED', false],
  ])('with %s keeps its code; retryable: %s', async (code, retryable) => {
    const failing = { run: () => Promise.reject(new CardeaError(code, 'Told.')) }
    expect(await answer(failing)).toEqual({
      status: 'failed',
      code,
      reason: 'Told.',
      retryable,
      is_error: true,
    })
  })

  test('of the database keeps its code, and says whether the same may work later', async () => {
    const failed = (code: string) => run({ kind: 'failed', error: { failed: true, message: 'Said.', code } })
    expect(await answer(failed('42703'))).toEqual({
      status: 'failed',
      code: '42703',
      error: 'Said.',
      retryable: false,
      is_error: true,
    })
    for (const code of ['40001', '40P01', '53300', '55P03', 'SQLITE_BUSY'])
      expect(await answer(failed(code))).toMatchObject({ code, retryable: true })
    const thrown = new DatabaseError({ failed: true, message: 'Said.', code: '22012' })
    expect(await answer({ run: () => Promise.reject(thrown) })).toMatchObject({
      code: '22012',
      error: 'Said.',
    })
  })
})

describe('a refusal', () => {
  test.each<[RefusalCode, boolean]>([
    ['CARDEA_POLICY_DENIED', false],
    ['CARDEA_IDENTITY_REFUSED', false],
    ['CARDEA_APPROVAL_DENIED', false],
    ['CARDEA_ROW_LIMIT', false],
    ['CARDEA_SENSITIVE_DATA', false],
    ['CARDEA_APPROVAL_TIMEOUT', true],
    ['CARDEA_APPROVAL_UNAVAILABLE', true],
    ['CARDEA_APPROVAL_LIMIT', true],
    ['CARDEA_BUDGET_EXCEEDED', true],
    ['CARDEA_BUDGET_UNAVAILABLE', true],
    ['CARDEA_ABANDONED', true],
  ])('with %s; retryable: %s', async (code, retryable) => {
    const expected = { status: 'denied', code, reason: 'Because.', retryable }
    expect(await answer(refused(code))).toEqual({ ...expected, is_error: true })
    expect(await answer(refused(code), 'query', { denialAs: 'result' })).toEqual({
      ...expected,
      is_error: false,
    })
  })

  test('never hands out what was known', async () => {
    const evidence = { principal: { subject: PAN, issuer: 'x' } }
    const refusal = {
      refused: true,
      code: 'CARDEA_POLICY_DENIED',
      reason: 'No.',
      rule: 'r',
      decisionId: 'D',
      evidence,
    } as const
    expect(await answer({ explain: async () => refusal })).toEqual({
      status: 'denied',
      code: 'CARDEA_POLICY_DENIED',
      rule: 'r',
      reason: 'No.',
      decision_id: 'D',
      retryable: false,
      is_error: true,
    })
  })

  test('of arguments stays an error, however denials are marked', async () => {
    const workbench = new GovernedWorkbench(statementsThat({}), { denialAs: 'result' })
    expect(await workbench.callTool('query', {})).toMatchObject({ is_error: true })
  })

  test('that came while a write ran does not invite another', async () => {
    const write = {
      explain: async () => ({ facts: { analyzable: false }, decision: { effect: 'allow' } }) as never,
    }
    expect(await answer({ ...write, ...refused('CARDEA_ABANDONED') }, 'execute')).toMatchObject({
      retryable: false,
      reason: expect.stringContaining('read it before trying again'),
    })
  })
})

describe('a call', () => {
  const hanging = (onAbort: (signal: AbortSignal) => Promise<Outcome>): Partial<Statements> => ({
    run: (_sql, _params, { signal } = {}) => {
      if (signal === undefined) throw new Error('There is no signal.')
      return onAbort(signal)
    },
  })
  const abandonedAtAbort = hanging(
    signal =>
      new Promise(resolve => {
        const refusal = { refused: true, code: 'CARDEA_ABANDONED', reason: 'Given up.' } as const
        const end = () => resolve({ kind: 'refused', refusal })
        if (signal.aborted) end()
        signal.addEventListener('abort', end)
      }),
  )

  test('is told to stop when its budget is spent', async () => {
    expect(await answer(abandonedAtAbort, 'query', { budgetMs: 20 })).toMatchObject({
      code: 'CARDEA_ABANDONED',
    })
  })

  test('is told to stop when its caller gives up, before or meanwhile', async () => {
    const workbench = new GovernedWorkbench(statementsThat(abandonedAtAbort))
    const leaving = new AbortController()
    const call = workbench.callTool('query', { sql }, { signal: leaving.signal })
    leaving.abort()
    expect((await call).result[0]?.content).toContain('CARDEA_ABANDONED')
    const seen: boolean[] = []
    const early = statementsThat(
      hanging(async signal => {
        seen.push(signal.aborted)
        return { kind: 'refused', refusal: { refused: true, code: 'CARDEA_ABANDONED', reason: 'x' } }
      }),
    )
    await new GovernedWorkbench(early).callTool('query', { sql }, { signal: leaving.signal })
    expect(seen).toEqual([true])
  })

  test('has an answer when the database does not even say that it stopped', async () => {
    jest.useFakeTimers()
    try {
      const never = { run: () => new Promise<never>(() => {}) }
      const answers = Promise.all([answer(never, 'execute'), answer(never, 'query')])
      await jest.advanceTimersByTimeAsync(60_000)
      expect(await answers).toEqual([
        expect.objectContaining({ code: 'CARDEA_OUTCOME_UNKNOWN', retryable: false }),
        expect.objectContaining({ code: 'CARDEA_CONNECTION_FAILED', retryable: true }),
      ])
    } finally {
      jest.useRealTimers()
    }
  })

  test('passes on its id and its reason, and no id that is none', async () => {
    const seen: unknown[] = []
    const workbench = new GovernedWorkbench(
      statementsThat({
        run: async (_sql, _params, { toolCall, claimedReason, approval } = {}) => {
          seen.push({ toolCall, claimedReason, approval })
          return { kind: 'refused', refusal: { refused: true, code: 'CARDEA_POLICY_DENIED', reason: 'x' } }
        },
      }),
    )
    await workbench.callTool('execute', { sql, reason: 'why' }, { callId: 'call_1' })
    await workbench.executeFunctionCall({ id: 'call_2', name: 'query', arguments: JSON.stringify({ sql }) })
    await workbench.callTool('query', { sql }, { callId: 'x'.repeat(257) })
    const approval = { mode: 'ticket' }
    expect(seen).toEqual([
      { toolCall: 'call_1', claimedReason: 'why', approval },
      { toolCall: 'call_2', claimedReason: undefined, approval },
      { toolCall: undefined, claimedReason: undefined, approval },
    ])
  })
})
