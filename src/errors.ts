import { inspect } from 'node:util'
import type { EngineError } from './model/executor.js'
import type { Refusal, RefusalCode } from './model/refusal.js'
import { withoutCardNumbers } from './util/card-like.js'

/** Every stable code. Each has an entry in docs/errors.md, and a test keeps the two alike. */
export type CardeaErrorCode =
  | RefusalCode
  | 'CARDEA_CONFIGURATION'
  | 'CARDEA_POLICY_INVALID'
  | 'CARDEA_SURFACE_REFUSED'
  | 'CARDEA_BINDING_REFUSED'
  | 'CARDEA_AUDIT_UNAVAILABLE'
  | 'CARDEA_TRAIL_LOCKED'
  | 'CARDEA_TRAIL_DAMAGED'
  | 'CARDEA_CATALOG_UNAVAILABLE'
  | 'CARDEA_STORE_UNAVAILABLE'
  | 'CARDEA_PEER_MISSING'
  | 'CARDEA_CONNECTION_FAILED'
  | 'CARDEA_CLOSED'
  | 'CARDEA_REQUEST_REFUSED'
  | 'CARDEA_TOO_MANY_REQUESTS'
  | 'CARDEA_TOOL_UNKNOWN'
  | 'CARDEA_TOOL_ARGUMENTS'
  | 'CARDEA_CALL_UNDERWAY'
  | 'CARDEA_IDEMPOTENCY_KEY'
  | 'CARDEA_OUTCOME_UNKNOWN'
  | 'CARDEA_DATA_SOURCE_UNKNOWN'
  | 'CARDEA_AGENT_STOPPED'

/**
 * Base of every error that Cardea throws. Branch on `code`, which never changes; messages may.
 * No message, property, cause or stack holds a value from a row, a literal or a binding.
 *
 * @example
 * try { await db('cards').select('pan') }
 * catch (error) { if (error instanceof CardeaError && error.code === 'CARDEA_POLICY_DENIED') … }
 */
export class CardeaError extends Error {
  readonly code: CardeaErrorCode
  /** Where the code is explained. */
  readonly docs: string

  constructor(code: CardeaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.docs = `docs/errors.md#${code.toLowerCase()}`
  }
}

/**
 * An option, file or combination of them that Cardea cannot honour. Thrown at start, never mid-way. It quotes what
 * operators wrote, without card numbers; a cause that holds one is left out.
 */
export class ConfigurationError extends CardeaError {
  constructor(message: string, options?: ErrorOptions) {
    super('CARDEA_CONFIGURATION', withoutCardNumbers(message), withoutCardData(options))
  }
}

function withoutCardData(options: ErrorOptions | undefined): ErrorOptions | undefined {
  const { cause } = options ?? {}
  const words = inspect(cause)
  return withoutCardNumbers(words) === words ? options : undefined
}

/** A policy that does not parse or validate. `problems` has one line-numbered entry per mistake. */
export class PolicyInvalidError extends CardeaError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      'CARDEA_POLICY_INVALID',
      `The policy is not valid:\n${problems.map(problem => `  ${problem}`).join('\n')}`,
    )
    this.problems = problems
  }
}

/** A statement that was refused. Subclasses tell the families apart; `code` tells all. */
export class RefusedError extends CardeaError {
  readonly rule: string | undefined
  readonly reason: string
  /** Find the whole story with `cardea audit search --text <decisionId>`. */
  readonly decisionId: string | undefined

  constructor(refusal: Refusal) {
    const by = refusal.rule === undefined ? '' : ` [rule ${refusal.rule}]`
    const decision = refusal.decisionId === undefined ? '' : ` (decision ${refusal.decisionId})`
    super(refusal.code, `${refusal.reason}${by}${decision}`)
    this.rule = refusal.rule
    this.reason = refusal.reason
    this.decisionId = refusal.decisionId
  }
}

export class IdentityRefusedError extends RefusedError {}
export class PolicyDeniedError extends RefusedError {}
export class ApprovalDeniedError extends RefusedError {}
export class ApprovalTimeoutError extends RefusedError {}
/** Asked for, not answered yet: come back with the ticket. */
export class ApprovalPendingError extends RefusedError {
  readonly ticket: string

  constructor(refusal: Refusal) {
    super(refusal)
    this.ticket = refusal.ticket ?? ''
  }
}
/** The statement ran into one of its obligations: rows, affected rows, budgets, time, masking. Nothing was released. */
export class ObligationError extends RefusedError {}

/** The error that stands for a refusal at an enforcement point whose callers expect exceptions. */
export function refusedError(refusal: Refusal): RefusedError {
  switch (refusal.code) {
    case 'CARDEA_IDENTITY_REFUSED':
      return new IdentityRefusedError(refusal)
    case 'CARDEA_POLICY_DENIED':
      return new PolicyDeniedError(refusal)
    case 'CARDEA_APPROVAL_TIMEOUT':
      return new ApprovalTimeoutError(refusal)
    case 'CARDEA_APPROVAL_PENDING':
      return new ApprovalPendingError(refusal)
    case 'CARDEA_APPROVAL_DENIED':
    case 'CARDEA_APPROVAL_UNAVAILABLE':
    case 'CARDEA_APPROVAL_LIMIT':
    case 'CARDEA_GRANT_INVALID':
    case 'CARDEA_ABANDONED':
      return new ApprovalDeniedError(refusal)
    case 'CARDEA_ROW_LIMIT':
    case 'CARDEA_AFFECTED_LIMIT':
    case 'CARDEA_BUDGET_EXCEEDED':
    case 'CARDEA_BUDGET_UNAVAILABLE':
    case 'CARDEA_TIMEOUT':
    case 'CARDEA_RESULT_SHAPE':
    case 'CARDEA_SENSITIVE_DATA':
      return new ObligationError(refusal)
  }
}

/** The refusal that such an error stands for, at an enforcement point that tells refusals in words of its own. */
export function refusalOf(error: RefusedError): Refusal {
  const { code, reason, rule, decisionId } = error
  return {
    refused: true,
    code: code as Refusal['code'],
    reason,
    ...(rule === undefined ? {} : { rule }),
    ...(decisionId === undefined ? {} : { decisionId }),
    ...(error instanceof ApprovalPendingError ? { ticket: error.ticket } : {}),
  }
}

/** Something a governed handle does not offer. The message says what to do instead. */
export class SurfaceRefusedError extends CardeaError {
  constructor(message: string) {
    super('CARDEA_SURFACE_REFUSED', message)
  }
}

/** The trail cannot take a record, so nothing executes and nothing is released (PCI DSS 10.7.2). */
export class AuditUnavailableError extends CardeaError {
  constructor(message: string, options?: ErrorOptions) {
    super('CARDEA_AUDIT_UNAVAILABLE', message, options)
  }
}

/** An optional package is not installed. The message says which, and how to install it. */
export class PeerMissingError extends CardeaError {
  constructor(packageName: string, neededFor: string) {
    super('CARDEA_PEER_MISSING', `${neededFor} needs the package ${packageName}: npm install ${packageName}`)
  }
}

/**
 * An error that the database reported, rebuilt from its scrubbed fields: no SQL, no binding, no row.
 * Fields carry the drivers' own names. `message` cannot be rewritten, so a query builder cannot put
 * the statement back into it.
 */
export class DatabaseError extends Error {
  /** What callers of the driver branch on: SQLSTATE (pg), `ER_…` (mysql2) or `SQLITE_…`. */
  readonly code: string | undefined
  readonly errno?: number
  readonly sqlState?: string
  readonly severity?: string
  readonly detail?: string
  readonly hint?: string
  readonly where?: string
  readonly schema?: string
  readonly table?: string
  readonly column?: string
  readonly dataType?: string
  readonly constraint?: string
  readonly position?: string

  /** @param code the driver's name for the error, where it is not the SQLSTATE. */
  constructor(error: EngineError, code?: string) {
    super(error.message)
    this.name = 'DatabaseError'
    const { failed: _, message: __, code: sqlState, ...fields } = error
    Object.assign(this, fields)
    this.code = code ?? sqlState
    if (code !== undefined && sqlState !== undefined) this.sqlState = sqlState
    sealMessage(this)
  }
}

/** Makes the message final: Knex would put the statement, with its bindings written out, before it. */
export function sealMessage<E extends Error>(error: E): E {
  Object.defineProperty(error, 'message', { value: error.message, writable: false, configurable: false })
  return error
}
