/** The real desk and the real inbox on loopback, and the program in the hands of several people. */
import { inboxApproval } from '../../src/approval/channels/inbox/inbox.js'
import { type ApprovalServer, serveApprovals } from '../../src/approval/channels/serve.js'
import { run } from '../../src/cli/run.js'
import type { Principal } from '../../src/model/principal.js'
import { type Desk, deskWith } from '../approval/channels/kit.js'
import { alice, bob, carol, type HandClock, handClock } from '../approval/desk-kit.js'
import type { Ran } from './support.js'

export const TOKENS = {
  alice: 'alice-7f3a9c',
  bob: 'bob-51d0e2',
  carol: 'carol-b8842f',
  nobody: 'nobody-000000',
} as const
export type Person = keyof typeof TOKENS

const PEOPLE: Readonly<Record<string, Principal>> = {
  [TOKENS.alice]: alice,
  [TOKENS.bob]: bob,
  [TOKENS.carol]: carol,
}

export interface House extends Desk {
  readonly clock: HandClock
  readonly url: string
  readonly port: number
  /** Stops the server and nothing else. */
  hangUp(): Promise<void>
  /** Serves again, where it was. */
  returnTo(port: number): Promise<void>
  /** The person's token is worth nothing from now on. */
  revoke(person: Person): void
}

export async function house(tls?: { readonly key: string; readonly cert: string }): Promise<House> {
  const clock = handClock()
  const revoked = new Set<string>()
  const authenticate = async (token: string) => (revoked.has(token) ? null : (PEOPLE[token] ?? null))
  const inbox = inboxApproval({ authenticate, clock })
  const desk = await deskWith([inbox], clock)
  const serve = (port: number): Promise<ApprovalServer> =>
    serveApprovals({ channels: [inbox], port, ...(tls === undefined ? {} : { tls }) })
  let server = await serve(0)
  return {
    ...desk,
    clock,
    url: server.url,
    port: server.port,
    hangUp: () => server.close(),
    async returnTo(port) {
      server = await serve(port)
    },
    revoke: person => void revoked.add(TOKENS[person]),
    async close() {
      await server.close()
      await desk.close()
    },
  }
}

export interface Running {
  readonly ended: Promise<Ran>
  out(): string
  err(): string
  interrupt(): void
}

/** The program in this process, as that person. */
export function started(
  person: Person | null,
  server: string | null,
  clock: HandClock,
  ...argv: readonly string[]
): Running {
  const interrupt = new AbortController()
  let out = ''
  let err = ''
  const environment = { CARDEA_TOKEN: person === null ? undefined : TOKENS[person], CARDEA_SERVER: server }
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === null) delete process.env[name]
    else process.env[name] = value
  }
  const ended = run(['approvals', ...argv], {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    untilInterrupted: () => interrupt.signal,
    clock,
  }).then(code => ({ code, out, err }))
  return { ended, out: () => out, err: () => err, interrupt: () => interrupt.abort() }
}
