/** What happens around statements, each in the class that fits it. */
import type { LifecycleEvent } from '../../../model/record.js'
import type { Found } from '../../search.js'
import type { Exported } from '../export-format.js'
import { personIn, textIn } from '../said.js'
import {
  type Activity,
  base,
  type ClassName,
  type Json,
  known,
  otherActivity,
  product,
  security,
  status,
} from './base.js'
import { sourceOf } from './statement.js'

type Happened = Found & { readonly kind: 'event' }
type Detail = Happened['record']['detail']

interface Kind {
  readonly name: ClassName
  readonly activity: Activity
  readonly members: (detail: Detail, event: LifecycleEvent, version: string) => Json
}

/** By the event, or by what stands before its dot. */
const KINDS: Readonly<Record<string, Kind>> = {
  'approval.grant': {
    name: 'Authorize Session',
    activity: { id: 1, name: 'Assign Privileges' },
    members: session,
  },
  'approval.break-glass': {
    name: 'Authorize Session',
    activity: { id: 1, name: 'Assign Privileges' },
    members: session,
  },
  approval: { name: 'Authorize Session', activity: otherActivity(''), members: session },
  'identity.refuse': { name: 'Authentication', activity: { id: 1, name: 'Logon' }, members: signIn },
  'identity.mint': { name: 'Entity Management', activity: { id: 1, name: 'Create' }, members: entity },
  'identity.revoke': { name: 'Entity Management', activity: { id: 9, name: 'Disable' }, members: entity },
  'agent.stop': { name: 'Entity Management', activity: { id: 12, name: 'Suspend' }, members: entity },
  'agent.resume': { name: 'Entity Management', activity: { id: 13, name: 'Resume' }, members: entity },
  'session.kill': { name: 'Entity Management', activity: { id: 4, name: 'Delete' }, members: entity },
  policy: { name: 'Entity Management', activity: { id: 3, name: 'Update' }, members: entity },
  config: { name: 'Entity Management', activity: { id: 3, name: 'Update' }, members: entity },
  'control.fail': { name: 'Detection Finding', activity: { id: 1, name: 'Create' }, members: finding },
  'audit.read': { name: 'Datastore Activity', activity: { id: 1, name: 'Read' }, members: datastore },
  'catalog.read': { name: 'Datastore Activity', activity: { id: 8, name: 'List' }, members: datastore },
  'statement.explain': { name: 'Datastore Activity', activity: { id: 4, name: 'Query' }, members: datastore },
  transaction: { name: 'Datastore Activity', activity: otherActivity(''), members: datastore },
  'trail.open': { name: 'Application Lifecycle', activity: { id: 3, name: 'Start' }, members: lifecycle },
  'trail.close': { name: 'Application Lifecycle', activity: { id: 4, name: 'Stop' }, members: lifecycle },
}
const REST: Kind = { name: 'Application Lifecycle', activity: otherActivity(''), members: lifecycle }

export function eventActivity(exported: Exported, { record }: Happened, version: string): Json {
  const { detail, event, id, time } = record
  const [about = ''] = event.split('.')
  const { activity, members, name } = KINDS[event] ?? KINDS[about] ?? REST
  const named = activity.id === 99 ? otherActivity(event) : activity
  const made = members(detail, event, version)
  return {
    ...base(exported, name, named, { id, time, code: event }, version),
    ...security('Observed'),
    ...status('Success'),
    message: event,
    ...made,
    unmapped: { detail },
  }
}

/** `user` is whom the approval is for. */
function session(detail: Detail): Json {
  return {
    user: userIn(detail, 'principal', 'requester', 'by'),
    privileges: [textIn(detail, 'kind', 'mode') ?? 'run a statement'],
    session: known({ uid: textIn(detail, 'session') ?? textIn(detail, 'request') }),
  }
}

function signIn(detail: Detail): Json {
  const name = textIn(detail, 'name') ?? 'unknown'
  return {
    ...security('Denied'),
    ...status('Failure'),
    user: { name },
    service: { name: 'Cardea' },
    is_remote: true,
    src_endpoint: sourceOf(textIn(detail, 'address') ?? 'unknown'),
  }
}

function entity(detail: Detail, event: LifecycleEvent): Json {
  const isPolicy = event === 'policy.load'
  const name = textIn(detail, 'agent', 'policy', 'token', 'subject', 'session', 'id') ?? event.split('.')[0]
  const hash = textIn(detail, 'hash')
  const who = personIn(detail, 'by')
  const result = textIn(detail, 'result')
  return known({
    actor: who === undefined ? { app_name: 'Cardea' } : { user: { uid: who.subject, name: who.subject } },
    comment: textIn(detail, 'why', 'reason'),
    entity: known({
      name,
      uid: isPolicy ? hash : textIn(detail, 'token', 'revocation', 'session'),
      type_id: isPolicy ? 5 : 99,
      type: isPolicy ? 'Policy' : event.split('.')[0],
      policy: isPolicy ? known({ name, uid: hash }) : undefined,
    }),
    ...(result === 'refused' ? status('Failure') : {}),
  })
}

function finding(detail: Detail, _event: LifecycleEvent, _version: string): Json {
  const title = `A control failed: ${textIn(detail, 'control') ?? 'unknown'}`
  return {
    status_id: 1,
    status: 'New',
    is_alert: true,
    message: title,
    finding_info: { uid: title, title, types: ['PCI DSS 10.7.2'] },
  }
}

function datastore(detail: Detail, event: LifecycleEvent): Json {
  const who = personIn(detail, 'by', 'principal')
  const uid = textIn(detail, 'session')
  return {
    actor: known({
      user: who === undefined ? undefined : { uid: who.subject, name: who.subject },
      session: uid === undefined ? undefined : { uid },
      app_name: 'Cardea',
    }),
    src_endpoint: sourceOf(textIn(detail, 'origination') ?? 'unknown'),
    database:
      event === 'audit.read'
        ? { name: 'audit trail', type_id: 99, type: 'Other' }
        : { name: textIn(detail, 'dataSource') ?? 'unknown', type_id: 1, type: 'Relational' },
    type_id: 1,
    type: 'Database',
  }
}

function lifecycle(_detail: Detail, _event: LifecycleEvent, version: string): Json {
  return { app: product(version) }
}

function userIn(detail: Detail, ...members: readonly string[]): Json {
  const who = personIn(detail, ...members)
  return who === undefined
    ? { name: textIn(detail, ...members) ?? 'unknown' }
    : known({ uid: who.subject, name: who.subject, domain: who.issuer })
}
