/** What every OCSF event has (schema 1.8.0, https://schema.ocsf.io/1.8.0). */
import type { Exported } from '../export-format.js'
import { type Weight, weightOf } from '../weight.js'

export type Json = Readonly<Record<string, unknown>>

/** Classes that Cardea's records fall into, by caption. */
const CLASSES = {
  'Detection Finding': { class_uid: 2004, category_uid: 2, category_name: 'Findings' },
  Authentication: { class_uid: 3002, category_uid: 3, category_name: 'Identity & Access Management' },
  'Authorize Session': { class_uid: 3003, category_uid: 3, category_name: 'Identity & Access Management' },
  'Entity Management': { class_uid: 3004, category_uid: 3, category_name: 'Identity & Access Management' },
  'Application Lifecycle': { class_uid: 6002, category_uid: 6, category_name: 'Application Activity' },
  'Datastore Activity': { class_uid: 6005, category_uid: 6, category_name: 'Application Activity' },
} as const

export type ClassName = keyof typeof CLASSES

export interface Activity {
  readonly id: number
  readonly name: string
}

/** For what the class has no activity of its own. */
export function otherActivity(name: string): Activity {
  return { id: 99, name }
}

const SEVERITY: Readonly<Record<Weight, readonly [id: number, caption: string]>> = {
  info: [1, 'Informational'],
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
}

export function product(version: string): Json {
  return { name: 'Cardea', vendor_name: 'Cardea', version }
}

/** @param time ISO 8601. */
export function base(
  exported: Exported,
  name: ClassName,
  activity: Activity,
  about: { readonly id: string; readonly time: string; readonly code: string },
  version: string,
): Json {
  const { found, trail } = exported
  const { category_name, category_uid, class_uid } = CLASSES[name]
  const [severity_id, severity] = SEVERITY[weightOf(found)]
  return {
    activity_id: activity.id,
    activity_name: activity.name,
    category_uid,
    category_name,
    class_uid,
    class_name: name,
    type_uid: class_uid * 100 + activity.id,
    type_name: `${name}: ${activity.id === 99 ? 'Other' : activity.name}`,
    severity_id,
    severity,
    time: Date.parse(about.time),
    timezone_offset: 0,
    metadata: {
      version: '1.8.0',
      product: product(version),
      uid: about.id,
      event_code: about.code,
      log_name: trail === '' ? 'audit' : trail,
      original_time: about.time,
      sequence: found.seq,
      profiles: ['security_control', 'data_classification'],
    },
  }
}

/** Of the profile security_control. */
export function security(action: 'Allowed' | 'Denied' | 'Observed' | 'Modified'): Json {
  const ids = { Allowed: 1, Denied: 2, Observed: 3, Modified: 4 }
  const [disposition_id, disposition] = DISPOSITIONS[action]
  return { action_id: ids[action], action, disposition_id, disposition }
}

const DISPOSITIONS = {
  Allowed: [1, 'Allowed'],
  Denied: [2, 'Blocked'],
  Observed: [17, 'Logged'],
  Modified: [11, 'Corrected'],
} as const

export function status(which: 'Unknown' | 'Success' | 'Failure'): Json {
  return { status_id: { Unknown: 0, Success: 1, Failure: 2 }[which], status: which }
}

/** Without what is not known. */
export function known(members: Json): Json {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined))
}
