/**
 * What makes two calls the same, as keyed hashes. Arguments may hold a PAN, so they are kept neither as text nor
 * under a plain hash: PANs are few enough to try them all (PCI DSS 3.5.1.1).
 */
import { createHmac } from 'node:crypto'
import { canonicalJson } from '../../util/canonical-json.js'
import type { LedgerCall } from '../call-ledger.js'

export interface CallDigest {
  readonly slot: string
  readonly ask: string
  /** The client chose an idempotency key. */
  readonly named: boolean
}

/**
 * Canonical JSON of a list is its own length prefix: no two lists share a text, and a lone surrogate is escaped.
 *
 * @throws TypeError for arguments that JSON cannot hold, RangeError for those nested too deep.
 */
export function callDigest(key: Uint8Array, { caller, tool, args, idempotencyKey }: LedgerCall): CallDigest {
  const hash = (...fields: unknown[]): string =>
    createHmac('sha256', key).update(canonicalJson(fields)).digest('hex')
  const ask = hash('cardea call 1', tool, present(args))
  return idempotencyKey === undefined
    ? { slot: hash('cardea equal 1', caller, ask), ask, named: false }
    : { slot: hash('cardea named 1', caller, idempotencyKey), ask, named: true }
}

/** A null argument is an absent one. */
function present(args: unknown): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null))
}
