/** Puts the stages together around one Knex instance, in the order in which they depend on each other. */
import type { Knex } from 'knex'
import { loadAnalyzer } from '../analysis/analyze.js'
import { type CommandReader, loadCommandReader } from '../analysis/session-commands.js'
import { approvalDesk } from '../approval/approval-desk.js'
import type { ApprovalDesk } from '../approval/desk.js'
import { openTrail } from '../audit/open-trail.js'
import type { OutcomeObserver } from '../audit/outcome-summary.js'
import type { Trail } from '../audit/trail.js'
import { budgets } from '../budget/budgets.js'
import type { CatalogSource } from '../catalog/catalog-source.js'
import { watchLabels } from '../catalog/label-watch.js'
import { unmatchedLabels } from '../catalog/labels.js'
import { mysqlCatalog } from '../catalog/mysql.js'
import { postgresCatalog } from '../catalog/postgres.js'
import { sqliteCatalog } from '../catalog/sqlite.js'
import { type GovernanceOptions, type Settled, settle } from '../config.js'
import { type KnexPoint, knexPoint } from '../enforcement/knex/enforcement-point.js'
import { CardeaError } from '../errors.js'
import { assertedIdentity } from '../identity/asserted.js'
import type { IdentityProvider } from '../identity/identity-provider.js'
import { readOnce } from '../identity/read-once.js'
import { createMasker } from '../masking/create-masker.js'
import type { Masker } from '../masking/masker.js'
import { createScrubber } from '../masking/scrubber.js'
import type { Catalog, LabelRule } from '../model/catalog.js'
import type { Scrubber } from '../model/scrub.js'
import { pipeline } from '../pipeline.js'
import type { Hook } from '../policy/hooks.js'
import type { Policy } from '../policy/policy.js'
import type { PolicyEngine } from '../policy/policy-engine.js'
import { tracedGovernor } from '../telemetry/traced-governor.js'
import { type Clock, systemClock } from '../util/clock.js'
import { type Ids, ulids } from '../util/ids.js'
import { previewing } from './preview.js'
import { engineOf, type Reign, type Rule, reign, requireKey } from './rule.js'

export interface Parts<K extends Knex = Knex> {
  readonly point: KnexPoint<K>
  readonly reign: Reign
  /** Puts another policy in the place of the one in force. */
  readonly replace: (policy: Policy | PolicyEngine) => Promise<void>
  readonly identity: IdentityProvider
  readonly desk: ApprovalDesk
  readonly trail: Trail
  readonly masker: Masker
  readonly scrubber: Scrubber
  /** Of a database whose own protocol a door may speak. */
  readonly commands: CommandReader
  readonly settled: Settled
  readonly clock: Clock
  readonly ids: Ids
  /** The instance that `open` made, for `close` to destroy. */
  readonly owned: Knex | undefined
}

export async function assemble<K extends Knex>(
  knex: K,
  options: GovernanceOptions,
  owned: Knex | undefined,
): Promise<Parts<K>> {
  const settled = settle(options)
  const clock = options.clock ?? systemClock
  const ids = options.ids ?? ulids(clock)
  const analyzer = await loadAnalyzer()
  const point = await knexPoint(knex)
  const late: { trail?: Trail; desk?: ApprovalDesk; reign?: Reign } = {}
  const note = noteTo(late)
  const { sinks, hooks, providers, channels, queue } = settled
  requireKey(options.policy, settled)
  const first = chamber(options, options.policy, point, clock, note, () => late.reign?.now())
  const picture = await first.catalog.current()
  await openStores(settled)
  const scrubber = createScrubber()
  const observers = [...hooks.map(observer), accountant(late)]
  const detect = () => (late.reign?.now() ?? first).engine.detect
  const words = (text: string): string => scrubber.also(detect()).text(text)
  const trail = await openTrail({ sinks, clock, ids, scrubber, detect, observers })
  late.trail = trail
  const preview = previewing(point)
  const desk = approvalDesk({
    providers,
    channels,
    ...queue,
    breakGlass: () => (late.reign?.now() ?? first).engine.breakGlass,
    preview: preview.previewer,
    clock,
    ids,
    scrubber,
    note,
  })
  late.desk = desk
  const identity = options.identity ?? assertedIdentity()
  const masker = createMasker({ key: settled.maskingKey, panDigest: settled.budgets.key.pan })
  const rooms = { analyzer, desk, masker, budgets: budgets(settled.budgets), trail, clock }
  const ruled = ({ engine, labels, catalog }: Chamber): Rule => {
    const decisions = { engine, hooks, clock, ids }
    const governor = pipeline({ ...rooms, identity: readOnce(identity), catalog, decisions })
    return { engine, labels, catalog, governor: tracedGovernor(preview.around(governor), clock, words) }
  }
  const inForce = reign(ruled(first))
  late.reign = inForce
  const replace = async (policy: Policy | PolicyEngine): Promise<void> => {
    requireKey(policy, settled)
    const next = chamber(options, policy, point, clock, note, () => inForce.now())
    await announce(next, trail, await next.catalog.current(), inForce.now().engine.hash)
    inForce.succeed(ruled(next))
  }
  const commands = await loadCommandReader(point.dialect)
  const stages = { identity, desk, trail, masker, scrubber, commands }
  const parts = { point, reign: inForce, replace, ...stages, settled, clock, ids, owned }
  await begin(parts, first, picture)
  return parts
}

function noteTo(late: { readonly trail?: Trail }): Trail['note'] {
  return async (event, detail) => {
    if (late.trail === undefined) throw new CardeaError('CARDEA_CLOSED', 'The audit trail is not open yet.')
    await late.trail.note(event, detail)
  }
}

async function openStores({ queue, budgets }: Settled): Promise<void> {
  await queue.store?.open?.()
  await budgets.store.open?.()
}

type Chamber = Omit<Rule, 'governor'>

/** What a policy brings with it. */
function chamber(
  options: GovernanceOptions,
  policy: Policy | PolicyEngine,
  point: KnexPoint,
  clock: Clock,
  note: Trail['note'],
  inForce: () => Rule | undefined,
): Chamber {
  const made: { engine?: PolicyEngine } = {}
  const { engine, labels } = engineOf(policy, () => (inForce()?.engine ?? made.engine) === made.engine)
  made.engine = engine
  const source = options.catalog ?? catalogOf(point, labels, clock)
  const catalog = watchLabels(source, labels, (rules, { version }) => {
    warnUnmatched(rules)
    // A trail that cannot be written stops the next statement by itself.
    note('control.fail', { control: 'labels', unmatched: rules, catalog: version }).catch(() => {})
  })
  return { engine, labels, catalog }
}

/** Puts on record which policy holds from here on, says loudly which of its labels protect nothing, and opens the channels. */
async function begin(
  { trail, desk, settled }: Pick<Parts, 'trail' | 'desk' | 'settled'>,
  first: Chamber,
  picture: Catalog,
): Promise<void> {
  try {
    await announce(first, trail, picture)
    for (const channel of settled.channels) await channel.open(desk.queue)
  } catch (error) {
    await desk.close().catch(() => {})
    await trail.close().catch(() => {})
    throw error
  }
}

/** @param before hash of the policy that was in force until now. */
async function announce(
  { engine, labels }: Chamber,
  trail: Trail,
  picture: Catalog,
  before?: string,
): Promise<void> {
  // Without a reader for the dialect there is nothing to match, and nothing that could be read either.
  const unmatched = picture.relations.length === 0 ? [] : unmatchedLabels(picture, labels)
  warnUnmatched(unmatched)
  const { name, hash } = engine
  await trail.note('policy.load', {
    policy: name,
    hash,
    ...(before === undefined ? {} : { before }),
    catalog: picture.version,
    unmatchedLabels: unmatched,
  })
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

function observer(hook: Hook): OutcomeObserver {
  return async summary => {
    const { principal } = summary
    if (principal !== null) await hook.afterQuery?.({ ...summary, principal })
  }
}

/** Windowed grants get back what a statement did not use. What cannot be given back stays used. */
function accountant(late: { readonly desk?: ApprovalDesk }): OutcomeObserver {
  return summary => late.desk?.account(summary)
}

export async function close({
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
