/**
 * Composition root, in process: puts the stages together around one Knex instance and hands out
 * handles. In-process governance is cooperative (docs/threat-model.md): code in the same process can
 * open its own connection. The gateway is the boundary.
 */
import { hostname } from 'node:os'
import makeKnex, { type Knex } from 'knex'
import { loadAnalyzer } from './analysis/analyze.js'
import { approvalDesk } from './approval/approval-desk.js'
import type { ApprovalDesk } from './approval/desk.js'
import { openTrail } from './audit/open-trail.js'
import type { OutcomeObserver } from './audit/outcome-summary.js'
import type { Trail } from './audit/trail.js'
import type { CatalogSource } from './catalog/catalog-source.js'
import { watchLabels } from './catalog/label-watch.js'
import { unmatchedLabels } from './catalog/labels.js'
import { mysqlCatalog } from './catalog/mysql.js'
import { postgresCatalog } from './catalog/postgres.js'
import { sqliteCatalog } from './catalog/sqlite.js'
import { type GovernanceOptions, type GovernedContext, isEngine, type Settled, settle } from './config.js'
import { type Caller, type KnexPoint, knexPoint } from './enforcement/knex/enforcement-point.js'
import type { GovernedKnex } from './enforcement/knex/handle.js'
import { refusedError } from './errors.js'
import { assertedIdentity } from './identity/asserted.js'
import { createMasker } from './masking/create-masker.js'
import { createScrubber } from './masking/scrubber.js'
import type { Catalog, LabelRule } from './model/catalog.js'
import type { Explanation, Governor } from './model/governor.js'
import type { Credentials, Principal } from './model/principal.js'
import { isRefusal } from './model/refusal.js'
import type { Submission } from './model/submission.js'
import { pipeline } from './pipeline.js'
import { policyEngine } from './policy/engine.js'
import type { Hook } from './policy/hooks.js'
import type { PolicyEngine } from './policy/policy-engine.js'
import { type Clock, systemClock } from './util/clock.js'
import { type Ids, ulids } from './util/ids.js'

/** Whose statements a handle runs. A token is for an identity provider that verifies tokens. */
export type Who = Principal | { readonly token: string }

interface Parts<K extends Knex = Knex> {
  readonly point: KnexPoint<K>
  readonly governor: Governor
  readonly desk: ApprovalDesk
  readonly trail: Trail
  readonly settled: Settled
  readonly ids: Ids
  /** The instance that `open` made, for `close` to destroy. */
  readonly owned: Knex | undefined
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
    const { point, governor } = this.#parts
    return point.handle(governor, this.#caller(who, context))
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
    const { point, governor } = this.#parts
    const { statement, bindings: bound, dialect } = point.statement(sql, bindings)
    const submission: Submission = Object.freeze({
      ...this.#caller(who, context),
      statement,
      bindings: bound,
      dialect,
      point: 'explain',
      issuer: 'caller',
    })
    const explanation = await governor.explain(submission)
    if (isRefusal(explanation)) throw refusedError(explanation)
    return explanation
  }

  /** Stops lending connections, ends waiting approvals, flushes the trail; destroys the pool that `open` made. */
  close(): Promise<void> {
    this.#closing ??= close(this.#parts)
    return this.#closing
  }

  #caller(who: Who, { agent, session }: GovernedContext): Caller {
    const { settled, ids } = this.#parts
    return {
      credentials: credentials(who),
      ...(agent === undefined ? {} : { agent: Object.freeze({ ...agent }) }),
      session: session ?? ids.next(),
      dataSource: settled.dataSource,
      origination: `pid ${process.pid} on ${hostname()}`,
    }
  }
}

/** A private copy: what the caller does to its own object later is not who asked. */
function credentials(who: Who): Credentials {
  if ('token' in who) return Object.freeze({ kind: 'token', token: who.token })
  return Object.freeze({ kind: 'asserted', principal: structuredClone(who) })
}

async function assemble<K extends Knex>(
  knex: K,
  options: GovernanceOptions,
  owned: Knex | undefined,
): Promise<Parts<K>> {
  const settled = settle(options)
  const clock = options.clock ?? systemClock
  const ids = options.ids ?? ulids(clock)
  const scrubber = createScrubber()
  const analyzer = await loadAnalyzer()
  const point = await knexPoint(knex)
  const { policy } = options
  const engine = isEngine(policy) ? policy : policyEngine(policy)
  const labels = isEngine(policy) ? [] : policy.labels
  const watching: { trail?: Trail } = {}
  const source = options.catalog ?? catalogOf(point, labels, clock)
  const catalog = watchLabels(source, labels, (rules, { version }) => {
    warnUnmatched(rules)
    // A trail that cannot be written stops the next statement by itself.
    watching.trail
      ?.note('control.fail', { control: 'labels', unmatched: rules, catalog: version })
      .catch(() => {})
  })
  const picture = await catalog.current()
  const { sinks, hooks, provider } = settled
  const trail = await openTrail({ sinks, clock, ids, scrubber, observers: observers(hooks) })
  watching.trail = trail
  const note: Trail['note'] = (event, detail) => trail.note(event, detail)
  const desk = approvalDesk({ provider, clock, ids, scrubber, note })
  const decisions = { engine, hooks, clock, ids }
  const identity = options.identity ?? assertedIdentity()
  const masker = createMasker()
  const governor = pipeline({ identity, catalog, analyzer, decisions, desk, masker, trail, clock })
  await begin(trail, engine, picture, labels)
  return { point, governor, desk, trail, settled, ids, owned }
}

/** Puts on record which policy holds from here on, and says loudly which of its labels protect nothing. */
async function begin(
  trail: Trail,
  engine: PolicyEngine,
  catalog: Catalog,
  labels: readonly LabelRule[],
): Promise<void> {
  // Without a reader for the dialect there is nothing to match, and nothing that could be read either.
  const unmatched = catalog.relations.length === 0 ? [] : unmatchedLabels(catalog, labels)
  warnUnmatched(unmatched)
  const { name, hash } = engine
  try {
    await trail.note('policy.load', {
      policy: name,
      hash,
      catalog: catalog.version,
      unmatchedLabels: unmatched,
    })
  } catch (error) {
    await trail.close().catch(() => {})
    throw error
  }
}

function warnUnmatched(rules: readonly LabelRule[]): void {
  for (const { column, label } of rules) {
    process.emitWarning(`The label rule ${column} (${label}) matches no column, so it protects nothing.`, {
      type: 'CardeaWarning',
      code: 'CARDEA_UNMATCHED_LABEL',
    })
  }
}

function catalogOf(point: KnexPoint, labels: readonly LabelRule[], clock: Clock): CatalogSource {
  const options = { query: point.systemQuery, labels, clock }
  switch (point.dialect) {
    case 'postgres':
      return postgresCatalog(options)
    case 'mysql':
      return mysqlCatalog(options)
    case 'sqlite':
      return sqliteCatalog(options)
  }
}

function observers(hooks: readonly Hook[]): OutcomeObserver[] {
  return hooks.map(hook => async summary => {
    const { principal } = summary
    if (principal !== null) await hook.afterQuery?.({ ...summary, principal })
  })
}

async function close({
  point,
  desk,
  trail,
  owned,
}: Omit<Parts, 'point'> & { readonly point: { close(): void } }): Promise<void> {
  point.close()
  try {
    await desk.close()
  } finally {
    try {
      await trail.close()
    } finally {
      await owned?.destroy()
    }
  }
}
