/**
 * Builds the whole body of a statement's record (PCI DSS 10.2.2) with everything in it masked. What
 * depends only on the facts, the principal or the agent is masked once per object: agents wait for
 * this on every statement. Members stand in canonical order, which is what orderedJson is fast on.
 */
import type { Label } from '../model/catalog.js'
import { type Facts, touchedLabels } from '../model/facts.js'
import type { Approver, Grant } from '../model/grant.js'
import type { Agent, Principal } from '../model/principal.js'
import type { RecordedPrincipal, StatementRecord } from '../model/record.js'
import { type Reserve, reserveFor, type Scrubber } from '../model/scrub.js'
import type { Submission } from '../model/submission.js'
import { maskedHead, recordedBindings, STATEMENT_CAP } from './recorded-text.js'

/** What was known about a statement when its record is written. */
export interface Known {
  readonly submission: Submission
  readonly principal: Principal | null
  readonly facts: Facts | undefined
  readonly decision: StatementRecord['decision']
  readonly grant: Grant | null
}

/** What a record says about a statement whoever runs it: the same for all texts that share their facts. */
interface FactsParts {
  readonly reserve: Reserve
  readonly fingerprint: string | undefined
  readonly labels: readonly Label[]
  readonly objects: StatementRecord['objects']
}

/** And what only this text says. */
interface StatementParts {
  readonly text: string
  readonly statement: string
  readonly truncated: boolean
  readonly shared: FactsParts
}

type Draft = { -readonly [Member in keyof StatementRecord]?: StatementRecord[Member] }

const OBJECTS_CAP = 500

/**
 * @param text masks and cuts a short text about who acts
 * @param said the same for what a statement says
 */
export function statementRecorder(
  scrubber: Scrubber,
  text: (text: string) => string,
  said: (text: string) => string,
): (known: Known) => StatementRecord {
  const partsOf = new WeakMap<Facts, StatementParts>()
  const principals = new WeakMap<Principal, RecordedPrincipal>()
  const agents = new WeakMap<Agent, NonNullable<StatementRecord['agent']>>()
  const sources = new WeakMap<Submission['dataSource'], StatementRecord['dataSource']>()

  const parts = (submission: Submission, facts: Facts | undefined): StatementParts => {
    if (facts === undefined) return statementParts(submission, facts, scrubber, said)
    const cached = partsOf.get(facts)
    if (cached?.text === submission.statement) return cached
    const fresh = statementParts(submission, facts, scrubber, said, cached?.shared)
    partsOf.set(facts, fresh)
    return fresh
  }
  return ({ submission, principal, facts, decision, grant }) => {
    const known = parts(submission, facts)
    const { fingerprint, labels, objects, reserve } = known.shared
    const { agent, dataSource } = submission
    // Assigned one by one: absent members stay absent, in canonical order, and nothing is copied.
    const body: Draft = {}
    if (agent !== undefined) body.agent = oncePerFrozen(agents, agent, value => recordedAgent(value, text))
    if (grant !== null) body.approval = recordedApproval(grant, text)
    body.bindings = recordedBindings(submission.bindings, reserve, scrubber)
    const source = oncePerFrozen(sources, dataSource, value =>
      recordedSource(value, submission.dialect, text),
    )
    body.dataSource =
      source.dialect === submission.dialect ? source : { ...source, dialect: submission.dialect }
    body.decision = decision
    if (fingerprint !== undefined) body.fingerprint = fingerprint
    body.labels = labels
    body.objects = objects
    body.origination = text(submission.origination)
    body.point = submission.point
    body.principal =
      principal && oncePerFrozen(principals, principal, value => recordedPrincipal(value, text))
    body.session = text(submission.session)
    body.statement = known.statement
    if (known.truncated) body.statementTruncated = true
    return body as StatementRecord
  }
}

/** Only what cannot change may be remembered. */
function oncePerFrozen<Key extends object, Value>(
  cache: WeakMap<Key, Value>,
  key: Key,
  make: (key: Key) => Value,
): Value {
  const cached = cache.get(key)
  if (cached !== undefined) return cached
  const made = make(key)
  if (Object.isFrozen(key)) cache.set(key, made)
  return made
}

function statementParts(
  submission: Submission,
  facts: Facts | undefined,
  scrubber: Scrubber,
  text: (text: string) => string,
  shared: FactsParts = factsParts(facts, text),
): StatementParts {
  const masked = maskedHead(submission.statement, STATEMENT_CAP, part =>
    scrubber.statement(part, submission.dialect, shared.reserve),
  )
  return Object.freeze({
    text: submission.statement,
    statement: masked.text,
    truncated: masked.cut,
    shared,
  })
}

function factsParts(facts: Facts | undefined, text: (text: string) => string): FactsParts {
  const labels = facts === undefined ? [] : touchedLabels(facts)
  return Object.freeze({
    reserve: reserveFor(facts),
    fingerprint: facts?.analyzable ? text(facts.fingerprint) : undefined,
    labels: Object.freeze(labels.map(text)),
    objects: Object.freeze(recordedObjects(facts, text)),
  })
}

function recordedObjects(
  facts: Facts | undefined,
  text: (text: string) => string,
): StatementRecord['objects'] {
  if (!facts?.analyzable) return []
  const seen = new Set<string>()
  const objects: { access: 'read' | 'write'; name: string }[] = []
  for (const { access, schema, relation } of facts.relations) {
    const name = text(schema === '' ? relation : `${schema}.${relation}`)
    if (seen.has(`${access} ${name}`)) continue
    seen.add(`${access} ${name}`)
    if (objects.length === OBJECTS_CAP)
      return [...objects, { access, name: `…[more than ${OBJECTS_CAP} objects]` }]
    objects.push(Object.freeze({ access, name }))
  }
  return objects
}

function recordedSource(
  { environment, id }: Submission['dataSource'],
  dialect: Submission['dialect'],
  text: (text: string) => string,
): StatementRecord['dataSource'] {
  return Object.freeze({ dialect, environment: text(environment), id: text(id) })
}

function recordedPrincipal(principal: Principal, text: (text: string) => string): RecordedPrincipal {
  const { acr, amr, onBehalfOf, roles } = principal
  return Object.freeze({
    ...(acr === undefined ? undefined : { acr: text(acr) }),
    ...(amr === undefined ? undefined : { amr: Object.freeze(amr.map(text)) }),
    issuer: text(principal.issuer),
    kind: principal.kind ?? 'human',
    ...(onBehalfOf === undefined ? undefined : { onBehalfOf: recordedPrincipal(onBehalfOf, text) }),
    ...(roles === undefined ? undefined : { roles: Object.freeze(roles.map(text)) }),
    subject: text(principal.subject),
  })
}

function recordedAgent(agent: Agent, text: (text: string) => string): NonNullable<StatementRecord['agent']> {
  return Object.freeze({
    framework: text(agent.framework),
    id: text(agent.id),
    ...(agent.toolCall === undefined ? undefined : { toolCall: text(agent.toolCall) }),
    ...(agent.version === undefined ? undefined : { version: text(agent.version) }),
  })
}

function recordedApproval(
  grant: Grant,
  text: (text: string) => string,
): NonNullable<StatementRecord['approval']> {
  return {
    approvers: grant.answers.map(answer => recordedApprover(answer.approver, text)),
    grant: text(grant.id),
    kind: grant.kind,
    reasons: grant.answers.map(({ reason, ticket }) =>
      text(ticket === undefined ? (reason ?? '') : `${reason ?? ''} [ticket ${ticket}]`.trimStart()),
    ),
    request: text(grant.requestId),
  }
}

function recordedApprover(approver: Approver, text: (text: string) => string): Approver {
  const { amr, email, groups, kind, roles } = approver
  return {
    ...(amr === undefined ? undefined : { amr: amr.map(text) }),
    ...(email === undefined ? undefined : { email: text(email) }),
    ...(groups === undefined ? undefined : { groups: groups.map(text) }),
    issuer: text(approver.issuer),
    ...(kind === undefined ? undefined : { kind }),
    ...(roles === undefined ? undefined : { roles: roles.map(text) }),
    subject: text(approver.subject),
  }
}
