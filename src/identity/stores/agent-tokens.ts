import type { Knex } from 'knex'
import type {
  AgentTokenEntry,
  AgentTokenRevocation,
  AgentTokenStore,
} from '../agent-tokens/agent-token-store.js'
import { LONGEST_MS, trouble } from './trouble.js'

const TABLE = 'cardea_agent_tokens'

interface Row {
  readonly id: string
  readonly issuer: string
  readonly agent: string
  readonly sponsor_subject: string
  readonly sponsor_issuer: string
  readonly sponsor_email: string | null
  readonly roles: string
  /** PostgreSQL's driver gives 64-bit numbers as text. */
  readonly issued_at: string | number
  readonly expires_at: string | number
  readonly minted_by_subject: string
  readonly minted_by_issuer: string
  readonly revoked_at: string | number | null
  readonly revoked_by_subject: string | null
  readonly revoked_by_issuer: string | null
  readonly revoked_why: string | null
}

/**
 * The register of agent tokens in a table of PostgreSQL, MySQL, MariaDB or SQLite. `migrateIdentityStore` makes
 * it. No token is in it, nor anything from which one could be made.
 *
 * @param knex stays the caller's: destroy it when the store is not used any more.
 * @throws CardeaError CARDEA_STORE_UNAVAILABLE, from every method.
 * @example
 * const store = knexAgentTokenStore(knex)
 */
export function knexAgentTokenStore(knex: Knex): AgentTokenStore {
  return Object.freeze({
    name: 'knex',
    insert: async entry => {
      await knex(TABLE)
        .insert(rowOf(entry))
        .timeout(LONGEST_MS)
        .catch(error => {
          throw trouble(error, 'The agent token could not be registered')
        })
    },
    list: async ({ issuer, expiresAfter }) => {
      const query = knex<Row>(TABLE).select<Row[]>('*').orderBy('id', 'desc')
      if (issuer !== undefined) query.where('issuer', issuer)
      if (expiresAfter !== undefined) query.where('expires_at', '>', expiresAfter)
      const rows = await query.timeout(LONGEST_MS).catch(error => {
        throw trouble(error, 'The register of agent tokens could not be read')
      })
      return rows.map(entryOf)
    },
    revoke: async (id, { at, by, why }) => {
      const changed = await knex(TABLE)
        .where({ id })
        .whereNull('revoked_at')
        .update({
          revoked_at: at,
          revoked_by_subject: by.subject,
          revoked_by_issuer: by.issuer,
          revoked_why: why,
        })
        .timeout(LONGEST_MS)
        .catch(error => {
          throw trouble(error, 'The agent token could not be revoked')
        })
      return changed === 1
    },
  } satisfies AgentTokenStore)
}

function rowOf(entry: AgentTokenEntry): Row {
  const { id, issuer, agent, sponsor, roles, issuedAt, expiresAt, mintedBy, revocation } = entry
  return {
    id,
    issuer,
    agent,
    sponsor_subject: sponsor.subject,
    sponsor_issuer: sponsor.issuer,
    sponsor_email: sponsor.email ?? null,
    roles: JSON.stringify(roles),
    issued_at: issuedAt,
    expires_at: expiresAt,
    minted_by_subject: mintedBy.subject,
    minted_by_issuer: mintedBy.issuer,
    revoked_at: revocation?.at ?? null,
    revoked_by_subject: revocation?.by.subject ?? null,
    revoked_by_issuer: revocation?.by.issuer ?? null,
    revoked_why: revocation?.why ?? null,
  }
}

function entryOf(row: Row): AgentTokenEntry {
  return Object.freeze({
    id: row.id,
    issuer: row.issuer,
    agent: row.agent,
    sponsor: Object.freeze({
      subject: row.sponsor_subject,
      issuer: row.sponsor_issuer,
      ...(row.sponsor_email === null ? {} : { email: row.sponsor_email }),
    }),
    roles: Object.freeze(names(row.roles)),
    issuedAt: Number(row.issued_at),
    expiresAt: Number(row.expires_at),
    mintedBy: Object.freeze({ subject: row.minted_by_subject, issuer: row.minted_by_issuer }),
    revocation: revocationOf(row),
  })
}

function revocationOf(row: Row): AgentTokenRevocation | null {
  if (row.revoked_at === null) return null
  return Object.freeze({
    at: Number(row.revoked_at),
    by: Object.freeze({ subject: row.revoked_by_subject ?? '', issuer: row.revoked_by_issuer ?? '' }),
    why: row.revoked_why ?? '',
  })
}

/** A row that somebody wrote by hand must not keep others from being read; its token matches nothing. */
function names(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.map(String) : ['']
  } catch {
    return ['']
  }
}
