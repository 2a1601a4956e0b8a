import type { Knex } from 'knex'
import type { ApprovalChannel } from '../../approval/approval-channel.js'
import { knexApprovalStore } from '../../approval/stores/knex/store.js'
import { knexBudgetStore } from '../../budget/stores/knex/store.js'
import type { GovernanceOptions } from '../../config.js'
import { ConfigurationError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import { readPrivateFile } from '../credentials/private-file.js'
import type { McpOptions } from './options.js'

const SHORTEST_KEY = 32

/** People find the requests in the shared store, through whatever serves it to them: a gateway, as a rule. */
const elsewhere: ApprovalChannel = Object.freeze({
  name: 'store',
  open: () => {},
  announce: async () => {},
})

/**
 * Where requests for approval go, and where budgets are counted. Without a store nobody could answer requests, so they
 * are refused as unavailable, and budgets are this process's own.
 *
 * @throws ConfigurationError for a store without a key, or a key without a store.
 */
export async function approvalOptions(
  { storeKey }: McpOptions,
  store: Knex | undefined,
  clock: Clock,
): Promise<Pick<GovernanceOptions, 'approval' | 'queue' | 'budgets'>> {
  if (store === undefined) {
    if (storeKey !== undefined) throw new ConfigurationError('--store-key is for --store.')
    return {}
  }
  if (storeKey === undefined) {
    throw new ConfigurationError(
      '--store needs --store-key, the file with the key that all who share it have.',
    )
  }
  const text = await readPrivateFile(storeKey, 'The key of the store')
  const key = Buffer.from(text ?? '', 'base64')
  if (key.length < SHORTEST_KEY) {
    throw new ConfigurationError(
      '--store-key must name a file with 32 random bytes or more as base64: openssl rand -base64 32',
    )
  }
  return {
    approval: elsewhere,
    queue: { store: knexApprovalStore({ knex: store, clock }), key },
    budgets: { store: knexBudgetStore({ knex: store, clock }), key },
  }
}
