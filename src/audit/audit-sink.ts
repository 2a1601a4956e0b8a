import type { AuditRecord } from '../model/record.js'

/** What happened to copies after their `write` had resolved. */
export interface SinkTrouble {
  readonly error: unknown
  /** How many records will not arrive; 0 where they are late. */
  readonly lost: number
}

/**
 * Port: takes records in order. `write` resolves when the records are as durable as the sink promises
 * and rejects when they are not; it must never drop one silently.
 */
export interface AuditSink {
  readonly name: string
  /**
   * True for a sink whose acknowledged records survive a crash of the process. At least one sink of
   * a governed connection must be durable. Statements wait for durable and `mandatory` sinks only.
   */
  readonly durable: boolean
  readonly mandatory?: boolean
  /**
   * Makes the sink ready before the first record; a sink that cannot work rejects here, at start.
   * Resolves to the records that the sink has already written about its own recovery, so that the
   * other sinks can be given copies. A sink without `open` is ready as it is.
   */
  open?(): Promise<readonly AuditRecord[]>
  /**
   * Hands over who is to be told of trouble, before `open`. For a sink that resolves a `write` before the records
   * are where they belong; what it tells is put on record (PCI DSS 10.7.2).
   */
  watch?(told: (trouble: SinkTrouble) => void): void
  /**
   * Whether the sink would take a record. It is asked in the place of a `write` with the intent of a read:
   * nothing of a read is released before its outcome is durable, and where that follows within milliseconds,
   * one record says both. Where an awaited sink is without it, the intent of a read is written before it runs.
   *
   * @throws what `write` would reject with
   */
  check?(): void
  /**
   * @param records in order; an empty list asks only that everything written before settles.
   * @param settle `'durable'` resolves when the records are on stable storage. `'accepted'` may resolve
   *   when they are certain to precede everything written later; used for the intent of a read that
   *   has to be written before its outcome.
   */
  write(records: readonly AuditRecord[], settle: 'durable' | 'accepted'): Promise<void>
  close(): Promise<void>
}
