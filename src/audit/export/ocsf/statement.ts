/** A statement as Datastore Activity (6005), and what it tried to show as a Detection Finding (2004). */
import type { RecordedPrincipal, StatementRecord } from '../../../model/record.js'
import type { Found } from '../../search.js'
import { endpointOf } from '../endpoint.js'
import type { Exported } from '../export-format.js'
import { type Activity, base, type Json, known, otherActivity, security, status } from './base.js'

type Asked = Found & { readonly kind: 'statement' }

/** By kind of the statement. A kind that is not here is another activity, and none is an unknown one. */
const ACTIVITIES: Readonly<Record<string, Activity>> = {
  select: { id: 4, name: 'Query' },
  cursor: { id: 4, name: 'Query' },
  explain: { id: 4, name: 'Query' },
  export: { id: 1, name: 'Read' },
  insert: { id: 6, name: 'Create' },
  update: { id: 2, name: 'Update' },
  delete: { id: 7, name: 'Delete' },
  merge: { id: 5, name: 'Write' },
  import: { id: 5, name: 'Write' },
}

export function statementActivity(exported: Exported, found: Asked, version: string): Json {
  const { id, outcome, statement, time } = found
  const { analysis, dataSource, decision, objects } = statement
  const kind = analysis?.kind
  const activity = kind === undefined ? { id: 0, name: 'Unknown' } : (ACTIVITIES[kind] ?? otherActivity(kind))
  const [only, ...others] = objects
  const table = only === undefined || others.length > 0 ? undefined : only.name
  return {
    ...base(exported, 'Datastore Activity', activity, { id, time, code: 'statement' }, version),
    ...status(succeeded(outcome?.status)),
    ...security(actionOf(found)),
    ...known({
      status_code: outcome?.error?.code,
      status_detail: outcome?.error?.message ?? decision.reason,
      duration: outcome === undefined ? undefined : Math.round(outcome.durationMs),
      message: `${outcome?.status ?? 'under way'}: ${decision.effect} by ${decision.rule}`,
      table: table === undefined ? undefined : { name: table },
    }),
    authorizations: [
      {
        decision: decision.effect,
        policy: known({ name: decision.rule, uid: decision.policyHash || undefined }),
      },
    ],
    actor: actorOf(statement),
    src_endpoint: sourceOf(statement.origination),
    dst_endpoint: { name: dataSource.id, svc_name: dataSource.dialect },
    database: databaseOf(statement),
    ...(table === undefined ? { type_id: 1, type: 'Database' } : { type_id: 3, type: 'Table' }),
    query_info: known({ uid: id, query_string: statement.statement, bytes: outcome?.bytes }),
    unmapped: unmapped(found),
  }
}

/** Sensitive authentication data that was kept back. */
export function sadFinding(exported: Exported, found: Asked, version: string): Json {
  const { id, endedAt, statement, time } = found
  const title = 'A statement that touches sensitive authentication data was refused'
  return {
    ...base(
      exported,
      'Detection Finding',
      { id: 1, name: 'Create' },
      { id: `${id}/finding`, time: endedAt ?? time, code: 'statement' },
      version,
    ),
    status_id: 1,
    status: 'New',
    ...security('Denied'),
    is_alert: true,
    message: title,
    finding_info: { uid: `${id}/finding`, title, types: ['PCI DSS 3.3.1'] },
    resources: statement.objects.map(({ name }) => ({ name, type: 'table' })),
    evidences: [
      {
        actor: actorOf(statement),
        src_endpoint: sourceOf(statement.origination),
        database: databaseOf(statement),
        data: { uid: id, query_string: statement.statement },
      },
    ],
  }
}

export function actorOf(statement: Pick<StatementRecord, 'agent' | 'principal' | 'session'>): Json {
  const { agent, principal, session } = statement
  return known({
    user: principal === null ? undefined : userOf(principal),
    session: known({ uid: session, issuer: principal?.issuer }),
    idp: principal === null ? undefined : { name: principal.issuer },
    app_name: agent?.framework,
    app_uid: agent?.id,
  })
}

function userOf({ issuer, kind, name, subject, tokenId }: RecordedPrincipal): Json {
  const types = { human: [1, 'User'], service: [4, 'Service'], agent: [99, 'Agent'] } as const
  const [type_id, type] = types[kind]
  return known({
    uid: subject,
    name: subject,
    domain: issuer,
    full_name: name,
    type_id,
    type,
    credential_uid: tokenId,
  })
}

export function sourceOf(origination: string): Json {
  const { ip, port, text } = endpointOf(origination)
  return known({ name: text, ip, port })
}

function databaseOf({ dataSource, labels }: StatementRecord): Json {
  return known({
    uid: dataSource.id,
    name: dataSource.id,
    type_id: 1,
    type: 'Relational',
    data_classifications: labels.length === 0 ? undefined : labels.map(classOf),
  })
}

/** Restricted, whatever it is: it has a label. */
function classOf(label: string): Json {
  const financial = ['pan', 'sad', 'iban'].includes(label)
  const [category_id, category] = financial
    ? [3, 'Financial']
    : label === 'secret'
      ? [6, 'Security']
      : [1, 'Personal']
  return {
    category_id,
    category,
    confidentiality_id: 6,
    confidentiality: 'Restricted',
    discovery_details: [{ type: label }],
  }
}

function succeeded(status: string | undefined): 'Unknown' | 'Success' | 'Failure' {
  if (status === undefined || status === 'unknown') return 'Unknown'
  return status === 'released' ? 'Success' : 'Failure'
}

function actionOf({ outcome, statement }: Asked): 'Allowed' | 'Denied' | 'Modified' {
  if (outcome?.status === 'refused' || statement.decision.effect === 'deny') return 'Denied'
  return Object.keys(outcome?.masked ?? {}).length > 0 ? 'Modified' : 'Allowed'
}

/** The rest, in the trail's own words. */
function unmapped({ outcome, statement }: Asked): Json {
  const { statement: _, principal, decision, ...said } = statement
  return known({
    ...said,
    decision: { id: decision.id },
    principal: principal === null ? undefined : { roles: principal.roles, onBehalfOf: principal.onBehalfOf },
    outcome,
  })
}
