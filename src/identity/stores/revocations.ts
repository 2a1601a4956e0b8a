import type { Knex } from 'knex'
import { ConfigurationError } from '../../errors.js'
import { type Clock, systemClock } from '../../util/clock.js'
import { type Ids, ulids } from '../../util/ids.js'
import type { RevocableToken, RevocationList } from '../revocation-list.js'
import { snapshot } from '../snapshot.js'
import { LONGEST_MS, trouble } from './trouble.js'

const TABLE = 'cardea_revocations'

/** How old the picture of the table may be, and how old while the table cannot be read. */
const REFRESH_MS = 2_000
const MAX_AGE_MS = 15_000

/**
 * An issuer whose clock is ahead dates a token after a revocation that came later. Whoever signs in again
 * waits this long for a token that counts.
 */
const CLOCK_SKEW_MS = 60_000

const LONGEST_SUBJECT = 255
const LONGEST_TEXT = 512
const LONGEST_WHY = 2_000

export interface RevocationOptions {
  /** Stays the caller's: destroy it when the list is not used any more. */
  readonly knex: Knex
  readonly clock?: Clock
  readonly ids?: Ids
}

/** What is void from now on: one token, or the tokens of one subject. */
export type RevocationRequest = {
  /** As the tokens name it. */
  readonly issuer: string
  /** Who revokes. */
  readonly by: { readonly subject: string; readonly issuer: string }
  readonly why: string
} & (
  | { readonly tokenId: string }
  | {
      readonly subject: string
      /** Tokens that will be issued later are void too: for somebody who has left. Default false. */
      readonly forGood?: boolean
    }
)

/** One line of the list. Times are milliseconds since the Unix epoch. */
export interface Revocation {
  /** ULID. */
  readonly id: string
  readonly issuer: string
  /** One of `subject` and `tokenId` is null. */
  readonly subject: string | null
  readonly tokenId: string | null
  /** Tokens of the subject that were issued before are void; null: all of them, whenever issued. */
  readonly issuedBefore: number | null
  readonly revokedAt: number
  readonly by: { readonly subject: string; readonly issuer: string }
  readonly why: string
}

export interface Revocations extends RevocationList {
  /** Holds at once in this process, within 2 seconds in every other that shares the table. */
  revoke(request: RevocationRequest): Promise<Revocation>
  /** Newest first. */
  list(): Promise<readonly Revocation[]>
}

/**
 * The revocation list in a table of PostgreSQL, MySQL, MariaDB or SQLite, shared by many processes
 * (PCI DSS 8.2.5). `migrateIdentityStore` makes it. Each process reads it at most every 2 seconds, whole, when it
 * is asked; while it cannot be read, what was known counts for 15 seconds, and then `isRevoked` rejects,
 * which refuses everyone.
 *
 * Names are compared without regard to case: a second spelling of a leaver is the leaver. A token without
 * a time of issue counts as issued before every revocation.
 *
 * @throws CardeaError CARDEA_STORE_UNAVAILABLE, from every method; ConfigurationError from `revoke` for a
 *   request that names nobody, gives no reason or is too long.
 * @example
 * const revocations = knexRevocations({ knex })
 * await revocations.revoke({ issuer, subject: 'alice', forGood: true, by: operator, why: 'left the company' })
 */
export function knexRevocations({
  knex,
  clock = systemClock,
  ids = ulids(clock),
}: RevocationOptions): Revocations {
  const list = async (): Promise<readonly Revocation[]> => {
    const rows = await knex<Row>(TABLE)
      .select<Row[]>('*')
      .orderBy('id', 'desc')
      .timeout(LONGEST_MS)
      .catch(error => {
        throw trouble(error, 'The revocation list could not be read')
      })
    return rows.map(revocationOf)
  }
  const known = snapshot<Picture>({
    load: async () => pictureOf(await list()),
    clock,
    refreshMs: REFRESH_MS,
    maxAgeMs: MAX_AGE_MS,
    timeoutMs: LONGEST_MS,
  })
  return Object.freeze({
    isRevoked: token => {
      const picture = known.current()
      return picture instanceof Promise ? picture.then(each => isVoid(token, each)) : isVoid(token, picture)
    },
    revoke: async request => {
      const revocation = revocationFor(request, ids.next(), clock.now())
      try {
        await knex(TABLE).insert(rowOf(revocation)).timeout(LONGEST_MS)
      } catch (error) {
        throw trouble(
          error,
          'It is not certain that anything was revoked: the revocation list did not answer',
        )
      } finally {
        known.forget()
      }
      return revocation
    },
    list,
  } satisfies Revocations)
}

interface Picture {
  readonly tokens: ReadonlySet<string>
  /** For each subject, the moment before which its tokens were issued that are void. */
  readonly subjects: ReadonlyMap<string, number>
}

function pictureOf(revocations: readonly Revocation[]): Picture {
  const tokens = new Set<string>()
  const subjects = new Map<string, number>()
  for (const { issuer, subject, tokenId, issuedBefore } of revocations) {
    if (tokenId !== null) tokens.add(key(issuer, tokenId))
    if (subject === null) continue
    const before = issuedBefore === null ? Number.POSITIVE_INFINITY : issuedBefore + CLOCK_SKEW_MS
    const name = key(issuer, fold(subject))
    subjects.set(name, Math.max(before, subjects.get(name) ?? before))
  }
  return { tokens, subjects }
}

function isVoid(
  { issuer, subject, tokenId, issuedAt }: RevocableToken,
  { tokens, subjects }: Picture,
): boolean {
  if (tokenId !== undefined && tokens.has(key(issuer, tokenId))) return true
  const before = subjects.get(key(issuer, fold(subject)))
  return before !== undefined && !(issuedAt !== undefined && issuedAt > before)
}

function key(issuer: string, name: string): string {
  return JSON.stringify([fold(issuer).replace(/\/+$/, ''), name])
}

function fold(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}

function revocationFor(request: RevocationRequest, id: string, now: number): Revocation {
  const { issuer, by, why } = request
  const subject = 'subject' in request ? request.subject : null
  const tokenId = 'tokenId' in request ? request.tokenId : null
  const longest = subject === null ? LONGEST_TEXT : LONGEST_SUBJECT
  if (!isText(subject ?? tokenId, longest) || !isText(issuer, LONGEST_TEXT)) {
    throw new ConfigurationError('A revocation names an issuer and a subject or a token of it.')
  }
  if (!isText(by.subject, LONGEST_SUBJECT) || !isText(by.issuer, LONGEST_TEXT)) {
    throw new ConfigurationError('A revocation names the person who revokes.')
  }
  if (!isText(why, LONGEST_WHY)) {
    throw new ConfigurationError(`A revocation gives a reason of at most ${LONGEST_WHY} characters.`)
  }
  const forGood = 'subject' in request && request.forGood === true
  return Object.freeze({
    id,
    issuer,
    subject,
    tokenId,
    issuedBefore: subject === null || forGood ? null : now,
    revokedAt: now,
    by: Object.freeze({ subject: by.subject, issuer: by.issuer }),
    why,
  })
}

/** NUL and lone surrogates fit no text column. */
function isText(value: unknown, longest: number): boolean {
  return (
    typeof value === 'string' && value.trim() !== '' && value.length <= longest && !/[\0\p{Cs}]/u.test(value)
  )
}

interface Row {
  readonly id: string
  readonly issuer: string
  readonly subject: string | null
  readonly token_id: string | null
  /** PostgreSQL's driver gives 64-bit numbers as text. */
  readonly issued_before: string | number | null
  readonly revoked_at: string | number
  readonly by_subject: string
  readonly by_issuer: string
  readonly why: string
}

function rowOf({ id, issuer, subject, tokenId, issuedBefore, revokedAt, by, why }: Revocation): Row {
  return {
    id,
    issuer,
    subject,
    token_id: tokenId,
    issued_before: issuedBefore,
    revoked_at: revokedAt,
    by_subject: by.subject,
    by_issuer: by.issuer,
    why,
  }
}

function revocationOf(row: Row): Revocation {
  return Object.freeze({
    id: row.id,
    issuer: row.issuer,
    subject: row.subject,
    tokenId: row.token_id,
    issuedBefore: row.issued_before === null ? null : Number(row.issued_before),
    revokedAt: Number(row.revoked_at),
    by: Object.freeze({ subject: row.by_subject, issuer: row.by_issuer }),
    why: row.why,
  })
}
