import type { Budget } from '../model/budget.js'

/** Where one budget of one caller is counted. */
export interface BudgetAccount extends Budget {
  /** A keyed hash of whose it is, in hexadecimal. */
  readonly id: string
}

/** What is about to be released. */
export interface BudgetCharge {
  readonly rows: number
  /** Keyed hashes of the card numbers that are shown, in hexadecimal, each once. */
  readonly pans: readonly string[]
}

/** What has been used of one account. */
export interface BudgetUse {
  readonly rows: number
  /** Different card numbers. */
  readonly pans: number
  /** Milliseconds since the Unix epoch at which counting begins anew; 0 where nothing is counted yet. */
  readonly endsAt: number
}

/** The limit that a charge would have exceeded, and what had been used before. */
export interface BudgetShortage {
  readonly account: BudgetAccount
  readonly measure: 'rows' | 'distinctPans'
  readonly use: BudgetUse
}

/**
 * Port: counts what is released, for one process or for many. Counting begins anew once the window of an account is
 * over: `windowMs` after its first charge, or, for one without, `SESSION_SILENCE_MS` after its last. The clock is the
 * store's own, one for all processes; it may be set meanwhile, and then no window ends later than a whole one from now.
 *
 * `cardea/testing` has these promises as tests.
 */
export interface BudgetStore {
  readonly name: string
  /** Whether what was counted outlives the process. */
  readonly durable: boolean
  /** Called before anything else, maybe more than once. Rejects when the store is not there or not migrated. */
  open?(): Promise<void>
  /** What has been used, in the order of the accounts. Changes nothing. */
  used(accounts: readonly BudgetAccount[]): Promise<readonly BudgetUse[]>
  /**
   * Adds to every account, or, where one of its limits would be exceeded, to none. A card number counts once in an
   * account. Both steps are one: of many charges at once, those that are taken never exceed a limit together.
   *
   * @returns null: it was added.
   */
  charge(accounts: readonly BudgetAccount[], charge: BudgetCharge): Promise<BudgetShortage | null>
}
