import type { Knex } from 'knex'
import type { Clock } from '../../util/clock.js'
import type { Ids } from '../../util/ids.js'
import type { House } from '../house/houses.js'
import { noteIn } from '../house/note-in.js'
import type { GatewayLog } from '../operation/log.js'
import { knexSessionStore } from './knex-sessions.js'
import { type Roster, roster } from './roster.js'

export interface GatewayRosterOptions {
  readonly store: Knex | undefined
  readonly houses: readonly House[]
  readonly log: GatewayLog
  readonly clock: Clock
  readonly ids: Ids
}

/** The roster of a gateway: whatever an operator ends is put on record in the trail of each data source concerned. */
export function gatewayRoster({ store, houses, log, clock, ids }: GatewayRosterOptions): Roster {
  const record = noteIn(houses, log)
  return roster({
    store: store === undefined ? undefined : knexSessionStore(store),
    clock,
    ids,
    stopped({ agent, at, by, why }, sessions) {
      log.warn('an agent was stopped', { sessions: sessions.length })
      record('agent.stop', { agent, at: new Date(at).toISOString(), by, why, sessions })
    },
    resumed(agent) {
      log.info('an agent was resumed')
      record('agent.resume', { agent })
    },
    killed({ id, by, why }, dataSource) {
      log.warn('a session was ended by an operator', { session: id, dataSource })
      record('session.kill', { session: id, by, why }, dataSource)
    },
    answers(ok) {
      if (ok) log.info('the store of sessions answers again')
      else log.error('the store of sessions does not answer; nobody is served once it has not for 15 s')
    },
  })
}
