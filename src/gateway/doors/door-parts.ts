import type { Clock } from '../../util/clock.js'
import type { GatewayConfig } from '../config/gateway-config.js'
import type { House } from '../house/houses.js'
import type { Doorkeeper } from '../house/identity.js'
import type { Calls } from '../operation/calls.js'
import type { Limiter } from '../operation/limiter.js'
import type { GatewayLog } from '../operation/log.js'
import type { Metrics } from '../operation/metrics.js'
import type { SignInRecords } from '../operation/sign-in-records.js'
import type { Roster } from '../sessions/roster.js'

/** What every door of a gateway is handed, whatever protocol it speaks. */
export interface DoorParts {
  readonly config: Pick<GatewayConfig, 'approval' | 'limits'>
  readonly keeper: Doorkeeper
  readonly houses: readonly [House, ...House[]]
  readonly calls: Calls
  readonly limiter: Limiter
  readonly signIns: SignInRecords
  readonly roster: Roster
  readonly log: GatewayLog
  readonly metrics: Metrics
  readonly clock: Clock
}
