/**
 * Builds the whole body of a statement's record (PCI DSS 10.2.2) with everything in it masked. What
 * depends only on the facts, the principal or the agent is masked once per object: agents wait for
 * this on every statement. Members stand in canonical order, which is what orderedJson is fast on.
 */
import type { Obligations } from '../model/decision.js'
import type { Facts } from '../model/facts.js'
import type { Grant } from '../model/grant.js'
import type { Agent, Principal } from '../model/principal.js'
import type { RecordedObligations, RecordedPrincipal, StatementRecord } from '../model/record.js'
import type { Scrubber } from '../model/scrub.js'
import type { Submission } from '../model/submission.js'
import { isFixed } from '../util/fixed.js'
import { type DecisionMade, recordedDecision, recordedObligations } from './recorded-decision.js'
import { type FactsParts, factsParts } from './recorded-facts.js'
import { maskedHead, recordedBindings, STATEMENT_CAP } from './recorded-text.js'
import { recordedAgent, recordedApproval, recordedPrincipal } from './recorded-who.js'

/** What was known about a statement when its record is written. */
export interface Known {
  readonly submission: Submission
  readonly principal: Principal | null
  readonly facts: Facts | undefined
  readonly decision: DecisionMade
  readonly grant: Grant | null
}

/** What only this text says. */
interface StatementParts {
  readonly text: string
  readonly statement: string
  readonly truncated: boolean
  readonly shared: FactsParts
}

type Draft = { -readonly [Member in keyof StatementRecord]?: StatementRecord[Member] }

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
  const duties = new WeakMap<Obligations, RecordedObligations>()

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
    const { analysis, fingerprint, labels, objects, reserve } = known.shared
    const { agent, certificate, dataSource } = submission
    const { obligations } = decision
    // Assigned one by one: absent members stay absent, in canonical order, and nothing is copied.
    const body: Draft = {}
    if (agent !== undefined) body.agent = oncePer(agents, agent, value => recordedAgent(value, text, said))
    if (analysis !== undefined) body.analysis = analysis
    if (grant !== null) body.approval = recordedApproval(grant, text)
    body.bindings = recordedBindings(submission.bindings, reserve, scrubber)
    if (certificate !== undefined) body.certificate = text(certificate)
    const source = oncePer(sources, dataSource, value => recordedSource(value, submission.dialect, text))
    body.dataSource =
      source.dialect === submission.dialect ? source : { ...source, dialect: submission.dialect }
    body.decision = recordedDecision(decision, text, said)
    if (fingerprint !== undefined) body.fingerprint = fingerprint
    body.labels = labels
    body.objects = objects
    // Of what does not run there is nothing to hold.
    if (obligations !== undefined && decision.effect !== 'deny') {
      body.obligations = oncePer(duties, obligations, value => recordedObligations(value, text))
    }
    body.origination = text(submission.origination)
    body.point = submission.point
    body.principal = principal && oncePer(principals, principal, value => recordedPrincipal(value, text))
    body.session = text(submission.session)
    body.statement = known.statement
    if (known.truncated) body.statementTruncated = true
    return body as StatementRecord
  }
}

/** Only what cannot change may be remembered. */
function oncePer<Key extends object, Value>(
  cache: WeakMap<Key, Value>,
  key: Key,
  make: (key: Key) => Value,
): Value {
  const cached = cache.get(key)
  if (cached !== undefined) return cached
  const made = make(key)
  if (isFixed(key)) cache.set(key, made)
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

function recordedSource(
  { environment, id }: Submission['dataSource'],
  dialect: Submission['dialect'],
  text: (text: string) => string,
): StatementRecord['dataSource'] {
  return Object.freeze({ dialect, environment: text(environment), id: text(id) })
}
