/** Lets clients of the doors that keep a connection in, and knows all of them until they have left. */

import type { DoorContext } from '../../config.js'
import { callerSession } from '../../enforcement/request-caller.js'
import type {
  StatementEntry,
  WireAdmission,
  WireCaller,
  WireDoor,
  WireEntrance,
  WireVisitor,
} from '../../enforcement/wire/entrance.js'
import { CardeaError } from '../../errors.js'
import type { Credentials, Principal } from '../../model/principal.js'
import type { GovernedSession } from '../../model/session.js'
import type { Clock } from '../../util/clock.js'
import type { Calls } from '../operation/calls.js'
import { KnownNames } from '../operation/known-names.js'
import type { Entry, Limiter, Tenancy } from '../operation/limiter.js'
import type { GatewayLog } from '../operation/log.js'
import type { Metrics } from '../operation/metrics.js'
import type { SignInRecords } from '../operation/sign-in-records.js'
import type { Roster, Seat } from '../sessions/roster.js'
import { type Guest, Guests, type WireGuests } from './guests.js'

/** A data source as clients of such a door reach it. */
export interface WireHouse<Upstream> {
  readonly id: string
  session(principal: Principal, context: DoorContext): GovernedSession
  /** Connections under the account of the principal's roles; undefined where the database speaks another protocol. */
  upstream(principal: Principal): Upstream | undefined
}

export interface WireEntranceOptions<Upstream> {
  readonly houses: readonly WireHouse<Upstream>[]
  readonly identify: (credentials: Credentials) => Promise<Principal | null>
  /** Agents that the configuration names. */
  readonly agents: readonly string[]
  readonly approval: 'ticket' | 'wait'
  readonly roster: Pick<Roster, 'check' | 'enter'>
  readonly limiter: Limiter
  readonly signIns: Pick<SignInRecords, 'refused' | 'unclear'>
  readonly calls: Calls
  readonly metrics: Metrics
  readonly log: GatewayLog
  readonly clock: Clock
}

export function wireEntrance<Upstream>(options: WireEntranceOptions<Upstream>): {
  readonly entrance: WireEntrance<Upstream>
  readonly guests: WireGuests
} {
  const byId = new Map(options.houses.map(house => [house.id, house]))
  const guests = new Guests()
  const names = new KnownNames(options.agents)
  return {
    guests,
    entrance: Object.freeze<WireEntrance<Upstream>>({
      identify: (credentials, caller) => identified(credentials, caller, names, options),
      admit(visitor, door) {
        try {
          if (guests.closing) throw new CardeaError('CARDEA_CLOSED', 'The gateway is closing.')
          return admitted(byId.get(visitor.dataSource), visitor, door, guests, options)
        } catch (error) {
          const code = error instanceof CardeaError ? error.code : 'UNKNOWN'
          options.metrics.turnedAway.inc({ door: visitor.point, code })
          throw error
        }
      },
    }),
  }
}

async function identified<Upstream>(
  credentials: Credentials,
  caller: WireCaller,
  names: KnownNames,
  { identify, limiter, signIns, metrics, log }: WireEntranceOptions<Upstream>,
): Promise<Principal | null> {
  const attempt = limiter.signIn(caller)
  if (!attempt.let) {
    metrics.limited.inc({ limit: 'sign-ins' })
    signIns.refused({ door: caller.point, address: caller.address, code: 'CARDEA_TOO_MANY_REQUESTS' })
    throw new CardeaError(
      'CARDEA_TOO_MANY_REQUESTS',
      `Too many sign-ins from there have failed, so this one was not looked at. Try again in ${attempt.retryAfterSeconds} s, with a token that is good.`,
    )
  }
  let how: 'known' | 'refused' | 'unclear' = 'unclear'
  try {
    const principal = await identify(credentials)
    how = principal === null ? 'refused' : 'known'
    if (principal !== null) {
      names.add(principal.subject)
      return principal
    }
    const { point: door, address, name } = caller
    const code = 'CARDEA_IDENTITY_REFUSED'
    metrics.turnedAway.inc({ door, code })
    const sayable = names.sayable(name)
    log.warn('sign-in refused', { door, code, address, agent: sayable })
    signIns.refused({ door, address, code, ...(sayable === undefined ? {} : { name: sayable }) })
    return null
  } finally {
    if (how === 'unclear') signIns.unclear()
    attempt.ended(how)
  }
}

function admitted<Upstream>(
  house: WireHouse<Upstream> | undefined,
  visitor: WireVisitor,
  door: WireDoor,
  guests: Guests,
  options: WireEntranceOptions<Upstream>,
): WireAdmission<Upstream> {
  const { principal, agent, certificate } = visitor
  const upstream = house?.upstream(principal)
  if (house === undefined || upstream === undefined) throw unknownSource(house !== undefined)
  options.roster.check({ principal, agent })
  const tenancy = options.limiter.session(principal)
  if (!tenancy.let) throw tooMany(tenancy, options.metrics)
  const over = new AbortController()
  const guest: Guest = {
    end(why, atOnce) {
      if (atOnce) over.abort()
      door.end(why, atOnce)
    },
  }
  const { dataSource, origination } = visitor
  const seat = options.roster.enter({ principal, agent, dataSource, origination }, why =>
    guest.end(why, true),
  )
  try {
    const governed = house.session(principal, {
      point: visitor.point,
      session: visitor.conversation ?? callerSession(principal, agent),
      origination,
      approval: options.approval,
      ...(certificate === undefined ? {} : { certificate }),
      ...(agent === undefined ? {} : { agent }),
    })
    guests.add(guest)
    return new Admitted(
      { governed, upstream, seat, tenancy, signal: over.signal, guest, guests, dataSource },
      options,
    )
  } catch (error) {
    seat.leave()
    tenancy.leave()
    throw error
  }
}

interface Stay<Upstream> {
  readonly governed: GovernedSession
  readonly upstream: Upstream
  readonly seat: Seat
  readonly tenancy: Tenancy
  /** Aborts when statements are to be stopped. One for the session: making one for each statement costs more than it. */
  readonly signal: AbortSignal
  readonly guest: Guest
  readonly guests: Guests
  readonly dataSource: string
}

class Admitted<Upstream> implements WireAdmission<Upstream> {
  readonly id: string
  readonly governed: GovernedSession
  readonly upstream: Upstream
  readonly #stay: Stay<Upstream>
  readonly #options: Pick<WireEntranceOptions<Upstream>, 'calls' | 'metrics' | 'log' | 'clock'>
  readonly #since: number
  #left = false

  constructor(stay: Stay<Upstream>, options: WireEntranceOptions<Upstream>) {
    this.id = stay.seat.id
    this.governed = stay.governed
    this.upstream = stay.upstream
    this.#stay = stay
    this.#options = options
    this.#since = options.clock.monotonic()
    options.log.info('session opened', { session: this.id, dataSource: stay.dataSource })
  }

  enter(): StatementEntry {
    const { seat, tenancy, signal } = this.#stay
    const { calls, metrics } = this.#options
    const refused = tenancy.enter()
    if (refused !== null) throw tooMany(refused, metrics)
    try {
      seat.begin()
    } catch (error) {
      tenancy.left()
      throw error
    }
    const ended = calls.begin()
    let here = true
    return {
      signal,
      leave: () => {
        if (!here) return
        here = false
        ended()
        seat.end()
        tenancy.left()
      },
    }
  }

  leave(): void {
    if (this.#left) return
    this.#left = true
    const { seat, tenancy, guests, guest, dataSource } = this.#stay
    const { log, clock } = this.#options
    seat.leave()
    tenancy.leave()
    guests.delete(guest)
    log.info('session ended', {
      session: this.id,
      dataSource,
      statements: seat.statements,
      ms: Math.round(clock.monotonic() - this.#since),
    })
  }
}

/** Names nothing that the client has sent. */
function unknownSource(there: boolean): CardeaError {
  return new CardeaError(
    'CARDEA_DATA_SOURCE_UNKNOWN',
    there
      ? 'This data source speaks another protocol than this door. Reach it through its own, or over MCP or HTTP.'
      : 'There is no such data source here. The database to name is the id of a data source.',
  )
}

const WORDS = {
  rate: 'You sent too many statements.',
  concurrent: 'You have too many statements under way.',
  sessions: 'You have too many sessions open.',
} as const

function tooMany({ limit, retryAfterSeconds }: Exclude<Entry, { let: true }>, metrics: Metrics): CardeaError {
  metrics.limited.inc({ limit })
  return new CardeaError(
    'CARDEA_TOO_MANY_REQUESTS',
    `${WORDS[limit]} Nothing was run. Try again in ${retryAfterSeconds} s.`,
  )
}
