/**
 * What OCSF 1.8.0 (https://schema.ocsf.io/1.8.0) asks of the classes and objects that Cardea writes: members that
 * must be there, values that an id may have with its caption, and which other members there are.
 */

/** `!` required. A word after the colon is the object's kind or `text`, `int`, `flag`, `json`; `[]` a list. */
export type Members = Readonly<Record<string, string>>

const EVENT: Members = {
  'activity_id!': 'int',
  activity_name: 'text',
  'category_uid!': 'int',
  category_name: 'text',
  'class_uid!': 'int',
  class_name: 'text',
  'type_uid!': 'int',
  type_name: 'text',
  'severity_id!': 'int',
  severity: 'text',
  'time!': 'int',
  timezone_offset: 'int',
  'metadata!': 'metadata',
  message: 'text',
  status_id: 'int',
  status: 'text',
  status_code: 'text',
  status_detail: 'text',
  duration: 'int',
  unmapped: 'json',
  // The profile security_control.
  action_id: 'int',
  action: 'text',
  disposition_id: 'int',
  disposition: 'text',
  is_alert: 'flag',
  authorizations: 'authorization[]',
}

export interface ClassFacts {
  readonly name: string
  readonly category: readonly [uid: number, caption: string]
  readonly activities: Readonly<Record<number, string>>
  readonly members: Members
  readonly atLeastOne?: readonly string[]
  readonly exactlyOne?: readonly string[]
}

const IAM = [3, 'Identity & Access Management'] as const
const APPLICATION = [6, 'Application Activity'] as const
const ALWAYS = { 0: 'Unknown', 99: 'Other' }

export const CLASSES: Readonly<Record<number, ClassFacts>> = {
  2004: {
    name: 'Detection Finding',
    category: [2, 'Findings'],
    activities: { ...ALWAYS, 1: 'Create', 2: 'Update', 3: 'Close' },
    members: { ...EVENT, 'finding_info!': 'finding_info', evidences: 'evidences[]', resources: 'resource[]' },
  },
  3002: {
    name: 'Authentication',
    category: IAM,
    activities: { ...ALWAYS, 1: 'Logon', 2: 'Logoff' },
    members: {
      ...EVENT,
      'user!': 'user',
      service: 'named',
      src_endpoint: 'endpoint',
      dst_endpoint: 'endpoint',
      is_remote: 'flag',
    },
    atLeastOne: ['service', 'dst_endpoint'],
  },
  3003: {
    name: 'Authorize Session',
    category: IAM,
    activities: { ...ALWAYS, 1: 'Assign Privileges', 2: 'Assign Groups' },
    members: { ...EVENT, 'user!': 'user', privileges: 'text[]', group: 'named', session: 'session' },
    exactlyOne: ['privileges', 'group'],
  },
  3004: {
    name: 'Entity Management',
    category: IAM,
    activities: {
      ...ALWAYS,
      1: 'Create',
      2: 'Read',
      3: 'Update',
      4: 'Delete',
      9: 'Disable',
      12: 'Suspend',
      13: 'Resume',
    },
    members: { ...EVENT, 'entity!': 'entity', actor: 'actor', comment: 'text' },
  },
  6002: {
    name: 'Application Lifecycle',
    category: APPLICATION,
    activities: { ...ALWAYS, 3: 'Start', 4: 'Stop' },
    members: { ...EVENT, 'app!': 'product' },
  },
  6005: {
    name: 'Datastore Activity',
    category: APPLICATION,
    activities: {
      ...ALWAYS,
      1: 'Read',
      2: 'Update',
      3: 'Connect',
      4: 'Query',
      5: 'Write',
      6: 'Create',
      7: 'Delete',
      8: 'List',
    },
    members: {
      ...EVENT,
      'actor!': 'actor',
      'src_endpoint!': 'endpoint',
      dst_endpoint: 'endpoint',
      database: 'database',
      table: 'named',
      query_info: 'query_info',
      type_id: 'int',
      type: 'text',
    },
    atLeastOne: ['database', 'databucket', 'table'],
  },
}

export const OBJECTS: Readonly<
  Record<string, { readonly members: Members; readonly atLeastOne?: readonly string[] }>
> = {
  metadata: {
    members: {
      'version!': 'text',
      'product!': 'product',
      uid: 'text',
      event_code: 'text',
      log_name: 'text',
      original_time: 'text',
      sequence: 'int',
      profiles: 'text[]',
    },
  },
  product: { members: { name: 'text', vendor_name: 'text', version: 'text' }, atLeastOne: ['name', 'uid'] },
  actor: {
    members: { user: 'user', session: 'session', idp: 'named', app_name: 'text', app_uid: 'text' },
    atLeastOne: ['process', 'user', 'session', 'app_name', 'app_uid'],
  },
  user: {
    members: {
      uid: 'text',
      name: 'text',
      domain: 'text',
      full_name: 'text',
      type_id: 'int',
      type: 'text',
      credential_uid: 'text',
    },
    atLeastOne: ['uid', 'name'],
  },
  session: { members: { uid: 'text', issuer: 'text' } },
  named: { members: { name: 'text', uid: 'text' }, atLeastOne: ['name', 'uid'] },
  endpoint: {
    members: { name: 'text', ip: 'ip', port: 'port', svc_name: 'text' },
    atLeastOne: ['name', 'ip', 'svc_name'],
  },
  database: {
    members: {
      name: 'text',
      uid: 'text',
      'type_id!': 'int',
      type: 'text',
      data_classifications: 'classification[]',
    },
    atLeastOne: ['name', 'uid'],
  },
  classification: {
    members: {
      category_id: 'int',
      category: 'text',
      confidentiality_id: 'int',
      confidentiality: 'text',
      discovery_details: 'discovery[]',
    },
    atLeastOne: ['category_id', 'confidentiality_id'],
  },
  discovery: { members: { type: 'text' } },
  query_info: {
    members: { 'query_string!': 'text', uid: 'text', bytes: 'int' },
    atLeastOne: ['name', 'uid'],
  },
  authorization: { members: { decision: 'text', policy: 'named' } },
  entity: {
    members: { name: 'text', uid: 'text', type_id: 'int', type: 'text', policy: 'named' },
    atLeastOne: ['name', 'uid'],
  },
  finding_info: { members: { 'uid!': 'text', title: 'text', types: 'text[]' } },
  evidences: { members: { actor: 'actor', src_endpoint: 'endpoint', database: 'database', data: 'json' } },
  resource: { members: { name: 'text', uid: 'text', type: 'text' }, atLeastOne: ['name', 'uid'] },
}

/** Captions of ids: those of the other members are in the class. 99 has a caption of the source's own. */
export const CAPTIONS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  severity: { 1: 'Informational', 2: 'Low', 3: 'Medium', 4: 'High' },
  action: { 1: 'Allowed', 2: 'Denied', 3: 'Observed', 4: 'Modified' },
  disposition: { 1: 'Allowed', 2: 'Blocked', 11: 'Corrected', 17: 'Logged' },
  category: { 1: 'Personal', 3: 'Financial', 6: 'Security' },
  confidentiality: { 6: 'Restricted' },
}

/** The same names with other meanings, by where they stand. */
export const CAPTIONS_BY_PLACE: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  '2004.status': { 1: 'New' },
  status: { 0: 'Unknown', 1: 'Success', 2: 'Failure' },
  '6005.type': { 1: 'Database', 3: 'Table' },
  'database.type': { 1: 'Relational' },
  'user.type': { 1: 'User', 4: 'Service' },
  'entity.type': { 5: 'Policy' },
}
