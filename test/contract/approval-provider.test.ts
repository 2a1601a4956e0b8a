/** The approval provider contract: our providers keep it, and every promise catches somebody who does not. */
import { PassThrough } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import type { ApprovalProvider } from '../../src/approval/approval-provider.js'
import { callbackApproval } from '../../src/approval/providers/callback.js'
import { terminalApproval } from '../../src/approval/providers/terminal.js'
import type { ApprovalAnswer, Approver } from '../../src/model/grant.js'
import { type ApprovalProviderUnderTest, approvalProviderContract } from '../../src/testing/index.js'
import { brokenPromises } from './run-contract.js'

const approver: Approver = { subject: 'approver', issuer: 'test', kind: 'human' }

/** People who answer by request, at once or when they are asked. */
function people() {
  const waiting = new Map<string, (answer: ApprovalAnswer) => void>()
  const early = new Map<string, ApprovalAnswer>()
  return {
    asked: (id: string) =>
      new Promise<ApprovalAnswer>(resolve => {
        const answer = early.get(id)
        early.delete(id)
        if (answer === undefined) waiting.set(id, resolve)
        else resolve(answer)
      }),
    answer(id: string, decision: ApprovalAnswer['decision'], reason: string) {
      const answer = { decision, approver, reason }
      const resolve = waiting.get(id)
      waiting.delete(id)
      if (resolve === undefined) early.set(id, answer)
      else resolve(answer)
    },
  }
}

function callback(): ApprovalProviderUnderTest {
  const { asked, answer } = people()
  let broken = false
  return {
    provider: callbackApproval(async request => {
      if (broken) throw new Error('the channel is gone')
      return asked(request.id)
    }),
    answer: (request, decision, reason) => answer(request.id, decision, reason),
    breakChannel: () => {
      broken = true
    },
  }
}

/** Reads the screen and types the answer to whichever request is shown. */
function terminal(): ApprovalProviderUnderTest {
  const input = new PassThrough()
  const output = new PassThrough()
  const answers = new Map<string, string>()
  let shown: string | undefined
  let screen = ''
  const type = () => {
    const answer = shown === undefined ? undefined : answers.get(shown)
    if (shown === undefined || answer === undefined) return
    answers.delete(shown)
    shown = undefined
    input.write(answer)
  }
  output.on('data', (chunk: Buffer) => {
    screen += chunk.toString('utf8')
    const asking = /\nApproval request (\S+)\n(?:(?!\nApproval request )[\s\S])*Type approve or deny: $/.exec(
      screen,
    )
    if (asking === null) return
    shown = asking[1]
    screen = ''
    type()
  })
  return {
    provider: terminalApproval({ input, output, approver, isInteractive: true }),
    answer(request, decision, reason) {
      answers.set(request.id, `${decision === 'approved' ? 'approve' : 'deny'}\n${reason}\n`)
      type()
    },
    breakChannel: () => void input.end(),
  }
}

describe('callbackApproval', () => approvalProviderContract({ test, make: callback }))
describe('terminalApproval', () => approvalProviderContract({ test, make: terminal }))

/** A working provider with one thing about it changed. */
function broken(
  change: (working: ApprovalProvider) => Partial<ApprovalProvider>,
): () => ApprovalProviderUnderTest {
  return () => {
    const working = callback()
    return { ...working, provider: { ...working.provider, ...change(working.provider) } }
  }
}

/** Changes every answer on its way. */
const answering = (change: (answer: ApprovalAnswer) => unknown) =>
  broken(({ request }) => ({
    request: async (asked, context) => change(await request(asked, context)) as ApprovalAnswer,
  }))

const made: ApprovalAnswer = { decision: 'approved', approver, reason: 'because of ticket 42' }

const mutants: readonly (readonly [string, () => ApprovalProviderUnderTest, string])[] = [
  ['has no name', broken(() => ({ name: ' ' })), 'has a name'],
  [
    'loses the reason',
    answering(({ decision }) => ({ decision, approver })),
    'resolves with a well-formed approval',
  ],
  [
    'turns denials into approvals',
    answering(answer => ({ ...answer, decision: 'approved' })),
    'resolves with a well-formed denial',
  ],
  [
    'names no issuer',
    answering(answer => ({ ...answer, approver: { subject: 'x' } })),
    'resolves with a well-formed approval',
  ],
  [
    'names nobody',
    answering(({ decision, reason }) => ({ decision, reason })),
    'resolves with a well-formed denial',
  ],
  [
    'takes the requester for the approver',
    answering(answer => ({ ...answer, approver: { subject: 'requester', issuer: 'x' } })),
    'resolves with a well-formed approval',
  ],
  [
    'answers as an agent',
    answering(answer => ({ ...answer, approver: { ...approver, kind: 'agent' } })),
    'resolves with a well-formed approval',
  ],
  [
    'approves by itself',
    broken(() => ({ request: async () => made })),
    'says nothing before the person does',
  ],
  [
    'writes into the request',
    broken(({ request }) => ({
      request: (asked, context) => {
        Object.assign(asked, { reason: 'changed' })
        return request(asked, context)
      },
    })),
    'takes a request that cannot be changed',
  ],
  [
    'gives everybody the first answer',
    () => {
      const working = callback()
      let first: Promise<ApprovalAnswer> | undefined
      const request: ApprovalProvider['request'] = (asked, context) => {
        first ??= working.provider.request(asked, context)
        return first
      }
      return { ...working, provider: { ...working.provider, request } }
    },
    'keeps concurrent requests apart',
  ],
  [
    'answers in the order of asking, whoever was meant',
    () => {
      const queue: ((answer: ApprovalAnswer) => void)[] = []
      const request: ApprovalProvider['request'] = (_, { signal }) =>
        new Promise((resolve, reject) => {
          queue.push(resolve)
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        })
      return {
        provider: { name: 'queue', request },
        answer: (_, decision, reason) => queue.shift()?.({ decision, approver, reason }),
        breakChannel: () => {},
      }
    },
    'keeps concurrent requests apart',
  ],
  [
    'hands out the first person’s answer for the second',
    broken(({ request }) => ({
      request: async (asked, context) => context.answers[0] ?? request(asked, context),
    })),
    'asks anew for every person of a quorum',
  ],
  [
    'ignores a signal that has aborted',
    broken(({ request }) => ({
      request: (asked, { answers, signal }) =>
        request(asked, { answers, signal: signal.aborted ? new AbortController().signal : signal }),
    })),
    'rejects a request whose signal has aborted already',
  ],
  [
    'approves what was abandoned',
    broken(({ request }) => ({ request: (asked, context) => request(asked, context).catch(() => made) })),
    'rejects when the signal aborts, whatever is answered later',
  ],
  [
    'gives up on everybody when one gives up',
    () => {
      const working = callback()
      const all = new AbortController()
      const request: ApprovalProvider['request'] = (asked, { answers, signal }) => {
        signal.addEventListener('abort', () => all.abort())
        return working.provider.request(asked, { answers, signal: all.signal })
      }
      return { ...working, provider: { name: 'all', request } }
    },
    'leaves other requests open when one is aborted',
  ],
  [
    'takes a late answer for the next request',
    () => {
      let resolveLast: ((answer: ApprovalAnswer) => void) | undefined
      const request: ApprovalProvider['request'] = (_, { signal }) =>
        new Promise((resolve, reject) => {
          resolveLast = resolve
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        })
      return {
        provider: { name: 'last', request },
        answer: (_, decision, reason) => resolveLast?.({ decision, approver, reason }),
        breakChannel: () => {},
      }
    },
    'does not give one request’s late answer to another',
  ],
  [
    'denies when nobody can be asked',
    broken(({ request }) => ({
      request: (asked, context) => request(asked, context).catch(() => ({ ...made, decision: 'denied' })),
    })),
    'rejects, and makes nothing up, when nobody can be asked',
  ],
  [
    'stays open after close',
    broken(() => ({ close: async () => {} })),
    'rejects open and later requests once it is closed',
  ],
]

describe('a provider that breaks a promise is caught', () => {
  test.each(mutants)('it %s', async (_, make, promise) => {
    expect(
      await brokenPromises(run => approvalProviderContract({ test: run, make, patienceMs: 300 })),
    ).toContain(promise)
  })

  test('and one that keeps them all is not', async () => {
    expect(await brokenPromises(run => approvalProviderContract({ test: run, make: callback }))).toEqual([])
  })

  test('every promise catches somebody', async () => {
    const names: string[] = []
    approvalProviderContract({ test: name => names.push(name.replace(/^[^:]+: /, '')), make: callback })
    const caught = new Set(mutants.map(([, , promise]) => promise))
    expect(names.filter(name => !caught.has(name))).toEqual([])
  })
})
