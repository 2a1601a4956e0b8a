/**
 * Composition root, in process: puts the stages together around one Knex instance and hands out
 * handles. In-process governance is cooperative (docs/threat-model.md): code in the same process can
 * open its own connection. The gateway is the boundary.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { hostname } from 'node:os'
import makeKnex, { type Knex } from 'knex'
import type { ApprovalQueue } from './approval/approval-queue.js'
import type { DoorContext, GovernanceOptions, GovernedContext } from './config.js'
import type { Caller } from './enforcement/knex/enforcement-point.js'
import type { GovernedKnex } from './enforcement/knex/handle.js'
import { IdentityRefusedError, refusedError } from './errors.js'
import { assemble, close, type Parts } from './governed-connection/assemble.js'
import { credentialsOf, type Who } from './governed-connection/credentials.js'
import { onRecord } from './governed-connection/looks.js'
import { sessionOf } from './governed-connection/session.js'
import { statementsOf } from './governed-connection/statements.js'
import type { Explanation } from './model/governor.js'
import type { Petitioned, Plea } from './model/petition.js'
import type { LifecycleEvent } from './model/record.js'
import { isRefusal } from './model/refusal.js'
import type { GovernedSession } from './model/session.js'
import type { Statements } from './model/statements.js'
import type { Submission, Submissions } from './model/submission.js'
import type { Policy } from './policy/policy.js'
import type { PolicyEngine } from './policy/policy-engine.js'
import { withTexts } from './util/texts.js'

/** What the program around a connection may put on record. */
export type NotedEvent = Extract<
  LifecycleEvent,
  'config.reload' | 'session.kill' | 'agent.stop' | 'agent.resume' | 'identity.refuse' | 'control.fail'
>

/** One statement of a window, as for `db.raw`. */
export interface AskedStatement {
  readonly sql: string
  readonly bindings?: readonly unknown[]
}

/**
 * A database connection under governance.
 *
 * @example
 * const connection = await GovernedConnection.wrap(knex, {
 *   policy: await loadPolicy('policy.yaml'),
 *   audit: fileTrail({ directory: './audit' }),
 * })
 * const db = connection.as({ subject: 'alice@corp.example', issuer: 'https://login.corp.example' })
 * await db('payments').where({ id: 7 }).first()
 */
export class GovernedConnection<K extends Knex = Knex> {
  readonly #parts: Parts<K>
  readonly #callers = new AsyncLocalStorage<GovernedKnex<K>>()
  #closing: Promise<void> | undefined

  private constructor(parts: Parts<K>) {
    this.#parts = parts
  }

  /**
   * Governs handles made from a Knex instance that the host program keeps. The instance itself stays
   * as it is: give agents handles, never the instance.
   *
   * @throws ConfigurationError, or what opening the trail throws.
   */
  static async wrap<K extends Knex>(knex: K, options: GovernanceOptions): Promise<GovernedConnection<K>> {
    return new GovernedConnection<K>(await assemble(knex, options, undefined))
  }

  /** Like `wrap`, for an instance that nobody else holds: Cardea alone has the credentials. */
  static async open(config: Knex.Config, options: GovernanceOptions): Promise<GovernedConnection> {
    const knex = makeKnex(config)
    try {
      return new GovernedConnection(await assemble(knex, options, knex))
    } catch (error) {
      await knex.destroy()
      throw error
    }
  }

  /** A handle for one caller: a Knex, typed as the one that was wrapped. Cheap; make one per request. */
  as(who: Who, context: GovernedContext = {}): GovernedKnex<K> {
    const { point, reign } = this.#parts
    return point.handle(reign.governor, this.#caller(who, context))
  }

  /**
   * Runs `work` with a handle for one caller in its reach: `current()` gives it, at whatever depth and after
   * whatever `await`, so that a server authenticates a request once and its code below need not be handed
   * the handle.
   *
   * @example
   * app.use((request, response, next) => connection.run({ token: bearer(request) }, { session: request.id }, next))
   * app.get('/orders', async () => connection.current()('orders').select('id'))
   */
  run<T>(who: Who, context: GovernedContext, work: () => T): T {
    return this.#callers.run(this.as(who, context), work)
  }

  /**
   * The handle of the caller for whom this code runs.
   *
   * @throws IdentityRefusedError outside of `run`: nobody's statements are everybody's.
   */
  current(): GovernedKnex<K> {
    const handle = this.#callers.getStore()
    if (handle !== undefined) return handle
    throw new IdentityRefusedError({
      refused: true,
      code: 'CARDEA_IDENTITY_REFUSED',
      reason: 'No caller is known here. Run this code within run(), or take a handle with as().',
    })
  }

  /**
   * What would happen to a statement, without running it.
   *
   * @param sql as for `db.raw`, with `?` for bindings.
   * @throws RefusedError when the caller cannot be identified.
   */
  async explain(
    sql: string,
    bindings: readonly unknown[],
    who: Who,
    context: GovernedContext = {},
  ): Promise<Explanation> {
    const caller = { ...this.#caller(who, context), point: 'explain' as const }
    const submission = this.#submission(sql, bindings, caller, 'explain')
    const explanation = await this.#parts.reign.governor.explain(submission)
    if (isRefusal(explanation)) throw refusedError(explanation)
    await onRecord(this.#parts, caller, { at: 'statement', explanation })
    // Names are whatever somebody chose to write.
    const scrubber = this.#parts.scrubber.also(explanation.decision.detect)
    return withTexts(explanation, text => scrubber.text(text))
  }

  /**
   * Asks people for a windowed grant: the statements may then run for a time, whatever their literals, without
   * being asked for one by one. Policy must permit windows for the rules that ask. The weaker kind of approval.
   *
   * @param wish `statements` with bindings of the kinds that will be used; `rows` returned or written that the window may use up;
   *   `durationMs` from the approval on; `reason` is shown to approvers as a claim.
   * @returns a ticket, to be passed to `as()` with the same session once people have approved.
   * @throws RefusedError
   */
  async requestWindow(
    who: Who,
    wish: {
      readonly statements: readonly [AskedStatement, ...AskedStatement[]]
      readonly rows: number
      readonly durationMs: number
      readonly reason: string
    },
    context: GovernedContext = {},
  ): Promise<Petitioned> {
    const { statements, ...rest } = wish
    const caller = this.#caller(who, context)
    const [first, ...others] = statements
    const asked: Submissions = [
      this.#submission(first.sql, first.bindings ?? [], caller, 'knex'),
      ...others.map(({ sql, bindings = [] }) => this.#submission(sql, bindings, caller, 'knex')),
    ]
    return this.#petition(asked, { kind: 'window', ...rest })
  }

  /**
   * Takes emergency access for a person whom policy names in `breakGlass` (PCI DSS 8.2.2): what policy would ask
   * an approver runs without one, for an hour at most. Denials, masks and limits stand. It is put on record,
   * announced on every channel, and has to be reviewed by somebody else afterwards.
   *
   * @returns a ticket, to be passed to `as()`.
   * @throws RefusedError when policy does not permit it, or for want of a reason, a ticket or a strong sign-in.
   */
  async breakGlass(
    who: Who,
    plea: { readonly reason: string; readonly ticket: string; readonly durationMs: number },
    context: GovernedContext = {},
  ): Promise<Petitioned> {
    const submission = this.#submission('select 1', [], this.#caller(who, context), 'knex')
    const petitioned = await this.#petition([submission], { kind: 'break-glass', ...plea })
    process.emitWarning(`Emergency access ${petitioned.ticket} has been taken.`, {
      type: 'CardeaWarning',
      code: 'CARDEA_BREAK_GLASS',
    })
    return petitioned
  }

  /**
   * One caller's statements as text and values, for a door that speaks a protocol of its own: what `as()` gives
   * to code that writes queries, this gives to code that carries them.
   *
   * @example
   * const statements = connection.statements(principal, { session, origination: '203.0.113.7:51234', point: 'http' })
   * const outcome = await statements.run('select id from payments where id = $1', [7])
   */
  statements(who: Who, context: DoorContext = {}): Statements {
    const { point = 'knex', ...given } = context
    return statementsOf(this.#parts, { ...this.#caller(who, given), point })
  }

  /**
   * One client's connection, for a door that speaks the database's own protocol and holds the connection itself:
   * text is told apart into commands, and each goes through the pipeline with an executor of the door's.
   */
  session(who: Who, context: DoorContext = {}): GovernedSession {
    const { point = 'postgres', ...given } = context
    const caller = { ...this.#caller(who, given), point }
    return sessionOf(this.#parts, this.#parts.commands, caller)
  }

  /**
   * Puts another policy in the place of the one in force, labels and all, and on record. Approvals given under
   * the old one are void; statements that it has not decided yet are refused and may be sent again. Where this
   * rejects, the old policy stays in force.
   *
   * @throws what reading the catalog or writing the trail throws.
   */
  replacePolicy(policy: Policy | PolicyEngine): Promise<void> {
    return this.#parts.replace(policy)
  }

  /**
   * Puts on record, durably, what has become of the configuration that this connection is part of, or of a session
   * that an operator has ended.
   *
   * @param detail by name; whatever a detector finds in it is masked.
   * @throws CardeaError CARDEA_AUDIT_UNAVAILABLE, CARDEA_CLOSED.
   */
  note(event: NotedEvent, detail: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#parts.trail.note(event, detail)
  }

  /** A sign of life from the database, on a connection apart from the pool. @throws what the driver throws. */
  async ping(): Promise<void> {
    await this.#parts.point.systemQuery('select 1', [])
  }

  /** How the connections of the pool are used: lent, idle, and callers that wait for one. */
  get pool(): { readonly used: number; readonly idle: number; readonly waiting: number } {
    return this.#parts.point.pool()
  }

  /** The requests for approval as people meet them, for a console or channel of the program's own. */
  get approvals(): ApprovalQueue {
    return this.#parts.desk.queue
  }

  /** Stops lending connections, ends waiting approvals, flushes the trail; destroys the pool that `open` made. */
  close(): Promise<void> {
    this.#closing ??= close(this.#parts)
    return this.#closing
  }

  async #petition(asked: Submissions, plea: Plea): Promise<Petitioned> {
    const petitioned = await this.#parts.reign.governor.petition(asked, plea)
    if (isRefusal(petitioned)) throw refusedError(petitioned)
    return petitioned
  }

  #submission(
    sql: string,
    bindings: readonly unknown[],
    caller: Caller,
    point: Submission['point'],
  ): Submission {
    const { statement, bindings: bound, dialect } = this.#parts.point.statement(sql, bindings)
    const { signal: _, ...who } = caller
    return Object.freeze({ ...who, statement, bindings: bound, dialect, point, issuer: 'caller' })
  }

  #caller(
    who: Who,
    {
      agent,
      session,
      approval,
      ticket,
      signal,
      origination,
      certificate,
    }: GovernedContext & Partial<DoorContext>,
  ): Caller {
    const { settled, ids } = this.#parts
    const wish = {
      ...(approval === undefined ? {} : { mode: approval }),
      ...(ticket === undefined ? {} : { ticket }),
    }
    return {
      credentials: credentialsOf(who),
      ...(agent === undefined ? {} : { agent: Object.freeze({ ...agent }) }),
      session: session ?? ids.next(),
      dataSource: settled.dataSource,
      origination: origination ?? `pid ${process.pid} on ${hostname()}`,
      ...(certificate === undefined ? {} : { certificate }),
      ...(signal === undefined ? {} : { signal }),
      ...(Object.keys(wish).length === 0 ? {} : { approval: Object.freeze(wish) }),
    }
  }
}
