/** One process with a desk of its own on the shared store; the model test runs several and kills some. */
import knexPackage, { type Knex } from 'knex'
import { approvalDesk } from '../../../src/approval/approval-desk.js'
import type { ApprovalDesk } from '../../../src/approval/desk.js'
import { knexApprovalStore } from '../../../src/approval/stores/knex/store.js'
import type { Principal } from '../../../src/model/principal.js'
import type { Cleared, Decided, Pass } from '../../../src/model/progress.js'
import { isRefusal, type Refusal } from '../../../src/model/refusal.js'
import { ulids } from '../../../src/util/ids.js'
import { alice, decided, plainScrubber, requirement } from '../desk-kit.js'
import type { Order, Outcome, Report, Spec } from './protocol.js'

const time = { wall: 0, steady: 0 }
const clock = { now: () => time.wall, monotonic: () => time.steady }
const calls = new Map<string, AbortController>()
let desk: ApprovalDesk | undefined
let knex: Knex | undefined

const say = (report: Report): void => void process.send?.(report)

process.on('message', (message: { readonly n: number; readonly order: Order }) => {
  const { n, order } = message
  handle(order).then(
    value => say({ reply: n, value }),
    (error: unknown) =>
      say({ reply: n, error: error instanceof Error ? (error.stack ?? '') : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
say({ event: 'ready' })

async function handle(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'open':
      return open(order)
    case 'time':
      time.wall = order.wall
      time.steady = order.steady
      return null
    case 'ask':
      return ask(order.call, order.spec, order.ticket)
    case 'abort':
      calls.get(order.call)?.abort()
      return null
    case 'clear':
      return outcomeOf(await opened().clear(decidedBy(order.spec), passNaming(order.id)))
    case 'answer':
      return opened().queue.answer(order.id, order.answer, 'test')
    case 'shut':
      return shut()
  }
}

async function open({ config, key, wall, steady }: Order & { do: 'open' }): Promise<null> {
  time.wall = wall
  time.steady = steady
  knex = knexPackage({ ...config, pool: { min: 0, max: 3 } })
  const store = knexApprovalStore({ knex, ...(config.client === 'pg' ? {} : { pollMs: 25 }) })
  await store.open?.()
  desk = approvalDesk({
    store,
    key: Buffer.from(key, 'hex'),
    clock,
    ids: ulids(clock),
    scrubber: plainScrubber,
    channels: [
      {
        name: 'test',
        open: () => {},
        announce: async ({ id, session }) => say({ event: 'announced', id, session }),
      },
    ],
    note: async (event, detail) => {
      if (event === 'approval.consume') say({ event: 'consumed', id: String(detail['request']) })
    },
  })
  return null
}

function opened(): ApprovalDesk {
  if (desk === undefined) throw new Error('no desk is open here')
  return desk
}

async function ask(call: string, spec: Spec, ticket: string | undefined): Promise<null> {
  const controller = new AbortController()
  calls.set(call, controller)
  Promise.resolve(opened().obtain(decidedBy(spec, ticket), controller.signal))
    .then(
      outcome => say({ event: 'settled', call, outcome: outcomeOf(outcome) }),
      (error: unknown) => say({ event: 'settled', call, outcome: { kind: 'refused', code: String(error) } }),
    )
    .finally(() => calls.delete(call))
  return null
}

async function shut(): Promise<null> {
  for (const controller of calls.values()) controller.abort()
  await desk?.close()
  await knex?.destroy()
  desk = undefined
  return null
}

function decidedBy(spec: Spec, ticket?: string): Decided {
  const { statement, binding, asker, session, mode, quorum, policy, catalog } = spec
  const bot: Principal = { subject: 'bot', issuer: 'agents', kind: 'agent', onBehalfOf: alice }
  return decided({
    submission: {
      statement,
      bindings: [binding],
      session,
      approval: { mode, ...(ticket === undefined ? {} : { ticket }) },
    },
    principal: asker === 'alice' ? alice : bot,
    catalog: { version: `catalog-${catalog}` },
    decision: {
      policyHash: `policy-${policy}`,
      approval: { ...requirement, quorum, coolDownMs: 0, maxPending: 1_000 },
    },
  })
}

/** The desk believes nothing of a pass but the id: a forged one must be as good as none. */
function passNaming(id: string): Pass {
  return { grant: { id: 'forged', requestId: id } } as unknown as Pass
}

function outcomeOf(outcome: Pass | Cleared | Refusal): Outcome {
  if (isRefusal(outcome)) {
    const { code, ticket } = outcome
    return { kind: 'refused', code, ...(ticket === undefined ? {} : { ticket }) }
  }
  return { kind: 'pass', id: outcome.grant?.requestId ?? '' }
}
