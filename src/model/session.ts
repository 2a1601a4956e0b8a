/**
 * What a door holds that speaks a database's own protocol: text comes in as the client wrote it, is told apart
 * into commands, and each command that reads or writes lives the whole life of the pipeline on a connection that
 * the door keeps for this client.
 */
import type { Executor } from './executor.js'
import type { Explanation, Outcome } from './governor.js'
import type { Pass } from './progress.js'
import type { Refusal } from './refusal.js'
import type { Field } from './result.js'
import type { DataSource, Submission } from './submission.js'

/** One client's connection, governed. */
export interface GovernedSession {
  readonly dataSource: DataSource
  /** The commands of a text, in order; none for a text of nothing but blanks and comments. Never throws. */
  read(text: string): readonly SessionCommand[]
  /**
   * @param text in the database's own words.
   * @param issuer `'driver'` for what opens, closes or marks a transaction of the client's own.
   * @throws CardeaError CARDEA_BINDING_REFUSED.
   */
  submission(text: string, bindings: readonly unknown[], options?: SubmissionOptions): Submission
  /** As `Governor`. */
  approve(submission: Submission, signal: AbortSignal): Promise<Pass | Refusal>
  govern(submission: Submission, executor: Executor, signal: AbortSignal, pass?: Pass): Promise<Outcome>
  explain(submission: Submission): Promise<Explanation | Refusal>
  /** The columns as they will be told once masked; what the statement's own run will tell. */
  told(explanation: Explanation, fields: readonly Field[]): Promise<readonly Field[] | Refusal>
  /**
   * Puts on record that writes which are on record as released did not stay, or that nobody knows.
   *
   * @throws AuditUnavailableError.
   */
  undone(writes: UndoneWrites): Promise<void>
  /** A text that no statement's obligations cover, for example a notification, with whatever a detector finds masked. */
  scrub(text: string): string
}

/** Writes of one transaction for whose end there is no statement on record. */
export interface UndoneWrites {
  /** Ids of their decisions, in order: the first of them. */
  readonly decisions: readonly string[]
  /** How many there are. */
  readonly statements: number
  /** `unknown`: they may have stayed. */
  readonly end: 'rolled back' | 'unknown'
  /** SQLSTATE of the server's, where it gave one. */
  readonly sqlstate?: string
}

export interface SubmissionOptions {
  readonly issuer?: Submission['issuer']
  /** Told the ticket when the statement begins to wait for people. Must not throw. */
  readonly asked?: (ticket: string) => void
}

/** A part of the client's text that the database would run as one. `text` begins at `at` in the whole. */
export type SessionCommand = CommandText & CommandKind

export interface CommandText {
  readonly text: string
  /** In UTF-16 code units. */
  readonly at: number
}

export type CommandKind =
  /** Governed as it stands, whatever it is; also what could not be read. */
  | { readonly kind: 'statement' }
  /** BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO, SET TRANSACTION: the client's own transaction. */
  | { readonly kind: 'transaction'; readonly verb: string; readonly readWrite: boolean }
  /** SET and RESET of one setting. `value`: constants as written, unquoted; null for the default or RESET. */
  | {
      readonly kind: 'set'
      readonly setting: string
      readonly value: readonly string[] | null
      readonly local: boolean
    }
  | { readonly kind: 'discard'; readonly what: 'all' | 'plans' | 'sequences' | 'temp' }
  /** RESET ALL. */
  | { readonly kind: 'reset-all' }
  /** PREPARE: `query` is the inner statement; `types` as written. */
  | {
      readonly kind: 'prepare'
      readonly name: string
      readonly types: readonly string[]
      readonly query: CommandText
    }
  /** EXECUTE: `values` as constants; null where one is anything else. */
  | {
      readonly kind: 'execute'
      readonly name: string
      readonly values: readonly (string | number | boolean | null)[] | null
    }
  | { readonly kind: 'deallocate'; readonly name: string | null }
  /** DECLARE CURSOR. `hold`: it outlives its transaction. */
  | {
      readonly kind: 'declare'
      readonly name: string
      readonly query: CommandText
      readonly binary: boolean
      readonly hold: boolean
    }
  | { readonly kind: 'fetch'; readonly name: string; readonly move: boolean }
  | { readonly kind: 'close'; readonly name: string | null }
  /** COPY … TO STDOUT or FROM STDIN: rows travel in the protocol itself. */
  | { readonly kind: 'copy'; readonly direction: 'in' | 'out' }
  /** MySQL's SET of settings of the session to constants. */
  | { readonly kind: 'settings'; readonly settings: readonly SessionSetting[] }
  | { readonly kind: 'use'; readonly database: string }
  /** KILL, of a statement or of a whole connection. */
  | { readonly kind: 'kill'; readonly statementOnly: boolean; readonly connection: number }

export interface SessionSetting {
  /** In lower case: a variable, or `names`, `character set`, `collation`, `transaction isolation`, `transaction access`. */
  readonly name: string
  /** As written, unquoted; null for the default. */
  readonly value: string | null
  /** `next`: of the next transaction alone. */
  readonly scope: 'session' | 'next'
}
