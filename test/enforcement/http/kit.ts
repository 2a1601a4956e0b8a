/** A gateway's HTTP door on a real socket, in front of a governed database. */
import { connect } from 'node:net'
import fastify from 'fastify'
import { frozenStatements } from '../../../src/agents/workbench/frozen.js'
import { GovernedWorkbench } from '../../../src/agents/workbench/governed-workbench.js'
import type { WorkbenchOptions } from '../../../src/agents/workbench/options.js'
import type { CallLedger } from '../../../src/enforcement/call-ledger.js'
import type { Admission, Entrance, Visitor } from '../../../src/enforcement/entrance.js'
import { httpPoint } from '../../../src/enforcement/http/http-point.js'
import { unreadable } from '../../../src/enforcement/http/refusal.js'
import { callLedger } from '../../../src/enforcement/ledger/ledger.js'
import type { Principal } from '../../../src/model/principal.js'
import { systemClock } from '../../../src/util/clock.js'
import { ulids } from '../../../src/util/ids.js'
import type { TestHouse } from '../../main-job/house.js'

export const POLICY = `
version: 1
labels:
  - { column: '*.cards.pan', label: pan }
rules:
  - { id: reads, effect: allow, when: { readOnly: true } }
  - { id: payments, effect: allow, when: { kind: [insert, update, select], relation: '*.payments' } }
  - { id: people, effect: require_approval, when: { writes: '*.customers' }, reason: A person looks at it. }
  - { id: no-deletes, effect: deny, when: { kind: delete }, reason: Nothing is deleted here. }
`

const issuer = 'https://login.corp.example'

/** Who shows which token. This file is loaded by plain Node as well, so it imports nothing that needs jest. */
export const TOKENS: Readonly<Record<string, Principal>> = {
  'token-of-alice': { subject: 'alice', issuer, roles: ['support'] },
  'token-of-bob': { subject: 'bob', issuer },
}

export interface Door {
  readonly port: number
  readonly url: string
  /** Everything that the door let in, newest last. */
  readonly visitors: readonly Visitor[]
  /** `POST` with a token, unless the headers say otherwise; `null` sends no body. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** What is said on the wire when these bytes arrive, up to its end. */
  raw(bytes: string | Buffer): Promise<string>
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Record<string, unknown>
}

export interface DoorOptions {
  readonly entrance: Entrance
  readonly ledger?: CallLedger
}

export async function openDoor({ entrance, ledger = freshLedger() }: DoorOptions): Promise<Door> {
  const server = fastify({
    logger: false,
    frameworkErrors: unreadable,
    requestTimeout: 1_500,
    http: { headersTimeout: 1_000, connectionsCheckingInterval: 100 },
  })
  const visitors: Visitor[] = []
  const watched: Entrance = {
    ...entrance,
    admit: visitor => {
      visitors.push(visitor)
      return entrance.admit(visitor)
    },
  }
  await server.register(httpPoint({ entrance: watched, ledger, version: '0.1.0' }))
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const port = Number(new URL(url).port)
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, init)
    const text = await response.text()
    const { status, headers } = response
    return { status, headers, text, body: json(text) }
  }
  return {
    port,
    url,
    visitors,
    post: (path, body, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { authorization: 'Bearer token-of-alice', 'content-type': 'application/json', ...headers },
        ...(body === null ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    get: (path, headers = {}) =>
      send(path, { headers: { authorization: 'Bearer token-of-alice', ...headers } }),
    raw: bytes => spoken(port, bytes),
    close: async () => {
      server.server.closeAllConnections()
      await server.close()
      await ledger.close()
    },
  }
}

export function freshLedger(): CallLedger {
  return callLedger({ clock: systemClock, ids: ulids(systemClock) })
}

/** An entrance in front of a house, as the gateway makes it. */
export function houseEntrance(house: Pick<TestHouse, 'governed'>, options: WorkbenchOptions = {}): Entrance {
  const frozen = frozenStatements({ clock: systemClock })
  return {
    dataSources: ['billing', 'ledger'],
    identify: async credentials =>
      credentials.kind === 'token' ? (TOKENS[credentials.token] ?? null) : null,
    admit({ principal, dataSource = 'billing', agent, session, origination, point }): Admission {
      if (dataSource !== 'billing') throw new RangeError('There is no such data source here.')
      const statements = house.governed.statements(principal, {
        session,
        origination,
        point,
        approval: 'ticket',
        ...(agent === undefined ? {} : { agent }),
      })
      return { statements, tools: new GovernedWorkbench(statements, { frozen, ...options }) }
    },
  }
}

function json(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

function spoken(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.on('error', reject)
  })
}
