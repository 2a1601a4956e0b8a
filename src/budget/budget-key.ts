import { createHmac, createSecretKey } from 'node:crypto'
import { ConfigurationError } from '../errors.js'

const LEAST_BYTES = 32

/** What stands in a store instead of names and card numbers (PCI DSS 3.5.1.1: a keyed hash of the whole number). */
export interface BudgetKey {
  /** @param parts of a name, in order */
  account(parts: readonly string[]): string
  /** @param digits of a card number */
  pan(digits: string): string
}

/**
 * Keyed hashes, in hexadecimal, that are unrelated to whatever else is computed under the same key.
 *
 * @param bytes 32 or more, the same in all processes that share a store: otherwise one card would count twice.
 * @throws ConfigurationError for a shorter one.
 */
export function budgetKey(bytes: Uint8Array): BudgetKey {
  if (!(bytes instanceof Uint8Array) || bytes.length < LEAST_BYTES)
    throw new ConfigurationError('The key of the budgets must be 32 random bytes or more.')
  const own = createSecretKey(createHmac('sha256', bytes).update('cardea budgets 1').digest())
  const mac = (use: string, text: string): string =>
    createHmac('sha256', own).update(`${use}\n${text}`).digest('hex')
  return Object.freeze({
    account: (parts: readonly string[]) => mac('account', JSON.stringify(parts)),
    pan: (digits: string) => mac('pan', digits),
  })
}
