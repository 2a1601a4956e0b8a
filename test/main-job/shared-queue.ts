/** A queue that several governed connections share, on a database of its own. */
import { randomBytes } from 'node:crypto'
import type { Knex } from 'knex'
import {
  type Answered,
  type ApprovalAnswer,
  type ApprovalChannel,
  type ApprovalQueue,
  type ApprovalRequest,
  type Approver,
  type Conclusion,
  knexApprovalStore,
  migrateApprovalStore,
  type QueueOptions,
} from '../../src/index.js'
import { knexPlace } from '../support/knex-place.js'
import { issuer } from './house.js'

export interface SharedQueue {
  /** Options for one more connection that shares it; each has a Knex of its own. */
  options(mode?: QueueOptions['mode']): QueueOptions
  readonly knex: Knex
  /** Makes another Knex on the same database. */
  readonly config: Knex.Config
  close(): Promise<void>
}

export async function sharedQueue(engine: 'postgres' | 'mysql'): Promise<SharedQueue> {
  const { config, knex: open, remove } = await knexPlace(engine === 'postgres' ? engine : 'mariadb', [])
  const knex = open()
  await migrateApprovalStore(knex)
  const key = randomBytes(32)
  return {
    knex,
    config,
    options: mode => ({
      store: knexApprovalStore({ knex: open(), pollMs: 50 }),
      key,
      ...(mode === undefined ? {} : { mode }),
    }),
    close: remove,
  }
}

/** A channel that remembers what it was told, and through which people of the test answer. */
export interface Board extends ApprovalChannel {
  readonly told: ApprovalRequest[]
  readonly concluded: { readonly id: string; readonly conclusion: Conclusion }[]
  /** The queue that it was opened with. */
  queue(): ApprovalQueue
  /** The request that was announced last; waits until there is one more than `after`. */
  next(after?: number): Promise<ApprovalRequest>
  answer(
    id: string,
    approver: Approver,
    decision?: ApprovalAnswer['decision'],
    reason?: string,
  ): Promise<Answered>
}

export function board(): Board {
  const told: ApprovalRequest[] = []
  const concluded: Board['concluded'][number][] = []
  let opened: ApprovalQueue | undefined
  const queue = (): ApprovalQueue => {
    if (opened === undefined) throw new Error('The board was not opened.')
    return opened
  }
  return {
    name: 'board',
    told,
    concluded,
    queue,
    open: given => {
      opened = given
    },
    announce: async request => {
      told.push(request)
    },
    conclude: async ({ id }, conclusion) => {
      concluded.push({ id, conclusion })
    },
    async next(after = 0) {
      await until(() => told.length > after)
      const request = told.at(-1)
      if (request === undefined) throw new Error('Nothing was announced.')
      return request
    },
    answer: (id, approver, decision = 'approved', reason = 'looked at it') =>
      queue().answer(id, { decision, approver, reason }, 'board'),
  }
}

export async function until(holds: () => boolean | Promise<boolean>, patienceMs = 20_000): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('It did not come about.')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

export const person = (subject: string, ...groups: string[]): Approver => ({
  subject,
  issuer,
  groups,
  kind: 'human',
})
