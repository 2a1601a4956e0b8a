import type { Command } from 'commander'
import { fileTrail } from '../../audit/file-trail.js'
import { openTrail } from '../../audit/open-trail.js'
import type { Trail } from '../../audit/trail.js'
import { openStoreConnection } from '../../connect/store-connection.js'
import { knexAgentTokenStore } from '../../identity/stores/agent-tokens.js'
import { knexRevocations } from '../../identity/stores/revocations.js'
import { createScrubber } from '../../masking/scrubber.js'
import type { Principal } from '../../model/principal.js'
import { type Ids, ulids } from '../../util/ids.js'
import type { Console } from '../console.js'
import { signedIn } from '../credentials/signed-in.js'
import { COULD_NOT, Exit } from '../exit.js'

/** What minting and revoking have in common: who does it, where it is kept, and where it is put on record. */
export interface AgentDesk extends AgentRegister {
  readonly operator: Principal
  readonly note: Trail['note']
}

export interface AgentRegister {
  readonly store: ReturnType<typeof knexAgentTokenStore>
  readonly revocations: ReturnType<typeof knexRevocations>
  readonly ids: Ids
}

export interface DeskOptions {
  readonly store: string
  /** The directory of the operator's own trail. */
  readonly audit: string
}

export function storeOption(command: Command): Command {
  return command.requiredOption(
    '--store <url>',
    'the register: postgres://…, mysql://… or sqlite:file; set PGPASSWORD or MYSQL_PWD rather than write a password',
  )
}

export function deskOptions(command: Command): Command {
  return storeOption(command).requiredOption(
    '--audit <dir>',
    'the directory of the trail in which it is put on record; one for each operator',
  )
}

/** The register alone, for as long as `use` works. */
export async function withRegister<T>(
  console: Console,
  url: string,
  use: (register: AgentRegister) => Promise<T>,
): Promise<T> {
  const { clock } = console
  const ids = ulids(clock)
  const knex = await openStoreConnection(url)
  try {
    return await use({
      store: knexAgentTokenStore(knex),
      revocations: knexRevocations({ knex, clock, ids }),
      ids,
    })
  } finally {
    await knex.destroy()
  }
}

/**
 * The whole desk, for as long as `use` works. The operator is known and the trail is open before anything
 * is done (PCI DSS 8.2.4, 10.2.1.5).
 *
 * @throws Exit 2 unless a person is signed in; whatever the trail or the register throws.
 */
export async function withDesk<T>(
  console: Console,
  options: DeskOptions,
  use: (desk: AgentDesk) => Promise<T>,
): Promise<T> {
  const operator = await signedIn(console)
  if ((operator.kind ?? 'human') !== 'human' || operator.onBehalfOf !== undefined) {
    throw new Exit(COULD_NOT, 'Only a person who is signed in, in their own name, can do this.')
  }
  return withRegister(console, options.store, async register => {
    const { clock } = console
    const { ids } = register
    const sinks = [fileTrail({ directory: options.audit, clock, ids })]
    const trail = await openTrail({ sinks, clock, ids, scrubber: createScrubber() })
    try {
      const note: Trail['note'] = (event, detail) => trail.note(event, detail)
      return await use({ ...register, operator, note })
    } finally {
      await trail.close()
    }
  })
}

/** The operator as records name one. */
export function recorded({ subject, issuer, kind = 'human', amr, acr }: Principal): Record<string, unknown> {
  return {
    subject,
    issuer,
    kind,
    ...(amr === undefined ? {} : { amr }),
    ...(acr === undefined ? {} : { acr }),
  }
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
