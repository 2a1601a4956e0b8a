/**
 * What the approval desk relies on in an `ApprovalProvider`, as tests. The adapter under test brings a
 * stand-in for the person, so that the contract can answer, stay silent, and answer too late.
 */
import assert from 'node:assert/strict'
import type { ApprovalContext, ApprovalProvider } from '../approval/approval-provider.js'
import type { ApprovalAnswer, ApprovalRequest } from '../model/grant.js'
import { type Patience, patience, staysOpen } from './settled.js'
import type { TestFunction } from './test-function.js'

/** One fresh provider and a stand-in for the people at its other end. */
export interface ApprovalProviderUnderTest {
  readonly provider: ApprovalProvider
  /**
   * Answers as a person would, through the channel, as soon as this request shows there. May be called
   * before or after the provider was asked, and for a request that is over, which must do no harm.
   */
  answer(request: ApprovalRequest, decision: ApprovalAnswer['decision'], reason: string): void | Promise<void>
  /** Makes it impossible to ask anybody from now on: the server is gone, the terminal is closed. */
  breakChannel(): void | Promise<void>
  /** Frees what `make` took. The provider may be closed by then. */
  dispose?(): void | Promise<void>
}

export interface ApprovalProviderContractOptions {
  readonly test: TestFunction
  readonly make: () => ApprovalProviderUnderTest | Promise<ApprovalProviderUnderTest>
  /** Milliseconds in which an answered or aborted request must settle. Default 5,000. */
  readonly patienceMs?: number
}

/**
 * Registers one test for each promise of the port.
 *
 * @example
 * approvalProviderContract({ test, make: () => ({ provider, answer, breakChannel }) })
 */
export function approvalProviderContract({ test, make, patienceMs }: ApprovalProviderContractOptions): void {
  for (const [promise, check] of Object.entries(PROMISES)) {
    test(`approval provider: ${promise}`, async () => {
      const adapter = await make()
      const signals: AbortController[] = []
      try {
        await check({
          ...adapter,
          ...patience(patienceMs),
          ask: (request, answers) => open(adapter.provider, signals, request, answers),
        })
      } finally {
        for (const signal of signals) signal.abort()
        await adapter.dispose?.()
      }
    })
  }
}

interface Opened {
  readonly answered: Promise<ApprovalAnswer>
  abort(): void
}

type Bench = ApprovalProviderUnderTest &
  Patience & {
    readonly ask: (request: ApprovalRequest, answers?: readonly ApprovalAnswer[]) => Opened
  }

const PROMISES: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'has a name': async ({ provider }) => {
    assert.equal(typeof provider.name, 'string')
    assert.notEqual(provider.name.trim(), '')
  },
  'resolves with a well-formed approval': async bench => answersWell(bench, 'approved'),
  'resolves with a well-formed denial': async bench => answersWell(bench, 'denied'),
  'says nothing before the person does': async ({ ask, answer, inTime }) => {
    const asked = request('quiet')
    const { answered } = ask(asked)
    await staysOpen(answered, 'the provider settled a request that nobody had answered')
    await answer(asked, 'approved', 'now')
    assert.equal((await inTime(answered, 'the answered request')).decision, 'approved')
  },
  'takes a request that cannot be changed': async ({ ask, answer, inTime }) => {
    const asked = request('frozen')
    const before = JSON.stringify(asked)
    const { answered } = ask(asked)
    await answer(asked, 'approved', 'fine')
    await inTime(answered, 'a frozen request')
    assert.equal(JSON.stringify(asked), before)
  },
  'keeps concurrent requests apart': async ({ ask, answer, inTime }) => {
    const [one, two, three] = [request('one'), request('two'), request('three')]
    const opened = [ask(one), ask(two), ask(three)]
    await answer(three, 'denied', 'third words')
    await answer(one, 'approved', 'first words')
    await answer(two, 'denied', 'second words')
    const answers = await inTime(Promise.all(opened.map(({ answered }) => answered)), 'three requests')
    assert.deepEqual(
      answers.map(({ decision, reason }) => [decision, reason]),
      [
        ['approved', 'first words'],
        ['denied', 'second words'],
        ['denied', 'third words'],
      ],
    )
  },
  'asks anew for every person of a quorum': async ({ ask, answer, inTime }) => {
    const asked = request('quorum')
    const first = ask(asked)
    await answer(asked, 'approved', 'first person')
    const earlier = await inTime(first.answered, 'the first person')
    const second = ask(asked, [earlier])
    await staysOpen(second.answered, 'an answer that was in already was given again')
    await answer(asked, 'denied', 'second person')
    const { decision, reason } = await inTime(second.answered, 'the second person')
    assert.deepEqual([decision, reason], ['denied', 'second person'])
  },
  'rejects a request whose signal has aborted already': async ({ provider, answer, rejects }) => {
    const asked = request('too late')
    const signal = AbortSignal.abort()
    const answered = provider.request(asked, { signal, answers: [] })
    answered.catch(() => {})
    await answer(asked, 'approved', 'too late')
    await rejects(answered, 'a request that was over before it began')
  },
  'rejects when the signal aborts, whatever is answered later': async ({ ask, answer, rejects }) => {
    const asked = request('abandoned')
    const { answered, abort } = ask(asked)
    await staysOpen(answered, 'nobody had answered')
    abort()
    await rejects(answered, 'an aborted request')
    await answer(asked, 'approved', 'late')
  },
  'leaves other requests open when one is aborted': async ({ ask, answer, inTime, rejects }) => {
    const [gone, kept] = [request('gone'), request('kept')]
    const [first, second] = [ask(gone), ask(kept)]
    first.abort()
    await rejects(first.answered, 'the aborted request')
    await staysOpen(second.answered, 'the abort of one request settled another')
    await answer(kept, 'approved', 'still here')
    assert.equal((await inTime(second.answered, 'the request that stayed')).reason, 'still here')
  },
  'does not give one request’s late answer to another': async ({ ask, answer, inTime, rejects }) => {
    const [gone, next] = [request('gone'), request('next')]
    const first = ask(gone)
    first.abort()
    await rejects(first.answered, 'the aborted request')
    const second = ask(next)
    await answer(gone, 'approved', 'meant for the other')
    await staysOpen(second.answered, 'a late answer settled the wrong request')
    await answer(next, 'denied', 'meant for this one')
    assert.equal((await inTime(second.answered, 'the next request')).decision, 'denied')
  },
  'rejects, and makes nothing up, when nobody can be asked': async ({ ask, breakChannel, rejects }) => {
    await breakChannel()
    await rejects(ask(request('unreachable')).answered, 'a request that nobody can see')
  },
  'rejects open and later requests once it is closed': async ({ provider, ask, inTime, rejects }) => {
    if (provider.close === undefined) return
    const { answered } = ask(request('open at close'))
    await staysOpen(answered, 'nobody had answered')
    await inTime(provider.close(), 'close')
    await rejects(answered, 'a request that was open when the provider closed')
    await rejects(ask(request('after close')).answered, 'a request after close')
  },
}

async function answersWell(
  { ask, answer, inTime }: Bench,
  decision: ApprovalAnswer['decision'],
): Promise<void> {
  const asked = request(decision)
  const { answered } = ask(asked)
  await answer(asked, decision, 'because of ticket 42')
  const given = await inTime(answered, 'an answered request')
  assert.equal(given.decision, decision)
  assert.equal(given.reason, 'because of ticket 42')
  assert.equal(typeof given.approver?.subject, 'string')
  assert.equal(typeof given.approver.issuer, 'string')
  assert.notEqual(given.approver.subject.trim(), '')
  assert.notEqual(given.approver.issuer.trim(), '')
  assert.notEqual(given.approver.kind, 'agent')
  assert.notEqual(given.approver.subject, asked.principal.subject, 'the approver must not be the requester')
}

function open(
  provider: ApprovalProvider,
  signals: AbortController[],
  asked: ApprovalRequest,
  answers: readonly ApprovalAnswer[] = [],
): Opened {
  const controller = new AbortController()
  signals.push(controller)
  const context: ApprovalContext = Object.freeze({
    signal: controller.signal,
    answers: Object.freeze([...answers]),
  })
  const answered = provider.request(asked, context)
  answered.catch(() => {})
  return { answered, abort: () => controller.abort() }
}

const DAY_MS = 86_400_000

function request(id: string): ApprovalRequest {
  const createdAt = Date.UTC(2030, 0, 1)
  return deepFrozen({
    id: `contract-${id}`,
    kind: 'single',
    statement: `delete from orders where id = $1 /* ${id} */`,
    bindings: ['7'],
    summary: ['Deletes from public.orders: rows picked by a unique key, at most 1 row.'],
    labels: ['pan'],
    estimatedRows: 1,
    principal: { subject: 'requester', issuer: 'contract', kind: 'human' },
    agent: { framework: 'autogen', id: 'contract-agent', claimedReason: 'clean up' },
    session: 'contract-session',
    dataSource: { id: 'orders', environment: 'production' },
    rule: 'writes-need-approval',
    reason: 'Writes need an approval.',
    trace: [],
    requirement: {
      approvers: [],
      quorum: 2,
      decideWithinMs: DAY_MS,
      useWithinMs: DAY_MS,
      reasonRequired: true,
    },
    createdAt,
    decideBy: createdAt + DAY_MS,
  } satisfies ApprovalRequest)
}

function deepFrozen<T extends object>(value: T): T {
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) deepFrozen(member)
  return Object.freeze(value)
}
