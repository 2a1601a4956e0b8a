/** What the client's start-up packet asks for, read against what a client may ask for. */
import type { Agent } from '../../../model/principal.js'
import { PINNED } from '../../upstream/postgres/login.js'
import { agentOf, isName } from '../../wire/names.js'
import { conversationNoName, USER_NO_NAME } from '../../wire/words.js'
import { Farewell } from './farewell.js'
import type { FirstPacket } from './first-packet.js'
import { settingsIn } from './options.js'
import { SETTINGS, settingAllowed } from './settings.js'

export interface StartRequest {
  /** The data source; the user's name where the client names none. */
  readonly database: string
  readonly agent: Agent
  /** `cardea.session`: what approvals are bound to. */
  readonly conversation?: string
  /** By lower-case name, each of them allowed. */
  readonly settings: ReadonlyMap<string, string>
  /** Minor version of protocol 3. */
  readonly minor: number
  /** What the client has to be told: it asked for a later version, or for options that there are not. */
  readonly negotiate?: { readonly minor: number; readonly options: readonly string[] }
}

const LATEST_MINOR = 2
const NO = /^(false|off|no|0|f|n)$/i

/** @throws Farewell that names what is wrong, and no value. */
export function startRequest(packet: Extract<FirstPacket, { kind: 'startup' }>): StartRequest {
  const { major, minor, parameters } = packet
  if (major !== 3)
    throw new Farewell('0A000', 'The client speaks a protocol that is not 3.0 to 3.2 of PostgreSQL.')
  const user = parameters.get('user') ?? ''
  if (!isName(user)) throw new Farewell('28000', USER_NO_NAME)
  const settings = new Map<string, string>()
  const extensions: string[] = []
  let conversation: string | undefined
  const take = (name: string, value: string): void => {
    const key = name.toLowerCase()
    if (key === 'cardea.session') conversation = conversationOf(value)
    else if (!settingAllowed(key, value)) throw refused(name, key)
    // What is pinned is so already, however the client spells it.
    else if (!Object.hasOwn(PINNED, key)) settings.set(key, value)
  }
  for (const [name, value] of parameters) {
    if (name === 'user' || name === 'database') continue
    if (name.startsWith('_pq_.')) extensions.push(name)
    else if (name === 'replication') withoutReplication(value)
    else if (name === 'options') for (const [key, text] of optionsOf(value)) take(key, text)
    else take(name, value)
  }
  const later = minor > LATEST_MINOR || extensions.length > 0
  return {
    database: parameters.get('database') || user,
    agent: agentOf(user, settings.get('application_name')),
    settings,
    minor: Math.min(minor, LATEST_MINOR),
    ...(conversation === undefined ? {} : { conversation }),
    ...(later ? { negotiate: { minor: Math.min(minor, LATEST_MINOR), options: extensions } } : {}),
  }
}

function conversationOf(value: string): string {
  if (isName(value)) return value
  throw new Farewell('22023', conversationNoName('cardea.session'))
}

function optionsOf(value: string): readonly (readonly [string, string])[] {
  const found = settingsIn(value)
  if (found !== null) return found
  throw new Farewell('0A000', 'The start-up parameter options may hold -c name=value and --name=value only.')
}

function withoutReplication(value: string): void {
  if (!NO.test(value)) throw new Farewell('0A000', 'Replication is not offered through the gateway.')
}

const OFFERED = [...Object.keys(SETTINGS), 'cardea.session'].join(', ')

/** Nothing of a name is repeated that is no name. */
function refused(name: string, key: string): Farewell {
  const shown = /^[a-z0-9_.]{1,63}$/i.test(name) ? name : 'one with an unusual name'
  return Object.hasOwn(SETTINGS, key)
    ? new Farewell('22023', `The start-up parameter ${shown} may not have this value.`)
    : new Farewell(
        '42501',
        `The start-up parameter ${shown} is not offered. Leave it out. These are: ${OFFERED}.`,
      )
}
