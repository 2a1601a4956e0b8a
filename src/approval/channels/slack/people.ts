import type { Approver } from '../../../model/grant.js'
import { type Fields, isFields } from '../http.js'
import { within } from '../within.js'
import type { SlackCall } from './web-api.js'

/**
 * Who an e-mail address of the workspace belongs to, by the same issuer and subject as callers have, with
 * roles and groups from the directory; null for nobody.
 */
export type People = (email: string) => Promise<Approver | null>

/** The workspace that the token belongs to. */
export interface Workspace {
  readonly team: string
}

/** A person, or why this user of Slack is none. */
export type Known = { readonly approver: Approver } | { readonly why: string }

const USER_ID = /^[UW][A-Z0-9]{1,30}$/
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/
const PATIENCE_MS = 10_000

/**
 * The person behind a user of Slack: a full member of this workspace, active, whose e-mail address Slack has
 * confirmed and the directory knows. Asked anew for each answer, so that who has left has left.
 */
export async function personOf(
  user: unknown,
  { team }: Workspace,
  call: SlackCall,
  people: People,
): Promise<Known> {
  if (typeof user !== 'string' || !USER_ID.test(user)) return { why: 'Slack did not say who answered.' }
  const reply = await call('users.info', { user })
  const member = isFields(reply['user']) ? reply['user'] : {}
  const why = outsider(member, user, team)
  if (why !== null) return { why }
  const profile = isFields(member['profile']) ? member['profile'] : {}
  const email = profile['email']
  if (typeof email !== 'string' || !EMAIL.test(email) || member['is_email_confirmed'] !== true) {
    return { why: 'Your e-mail address is not confirmed in Slack.' }
  }
  const found = await within(PATIENCE_MS, people(email))
  if (found === null || typeof found !== 'object') {
    return { why: 'Your e-mail address belongs to nobody who is known here.' }
  }
  return { approver: knownBySlack(found, email) }
}

/** Why somebody with this profile cannot answer; null: they can. Whatever is not said counts against them. */
function outsider(member: Fields, user: string, team: string): string | null {
  if (member['id'] !== user || member['deleted'] !== false) return 'Your account in Slack is not active.'
  if (member['is_bot'] !== false || member['is_workflow_bot'] === true) {
    return 'Only a person can answer, not an app.'
  }
  if (!belongsTo(member, team) || member['is_stranger'] === true) {
    return 'Only members of this workspace can answer.'
  }
  if (member['is_restricted'] !== false || member['is_ultra_restricted'] !== false) {
    return 'Guests cannot answer.'
  }
  return null
}

/** On Enterprise Grid an account names its home, and lists the workspaces of the organisation that it is in. */
function belongsTo(member: Fields, team: string): boolean {
  if (member['team_id'] === team) return true
  const account = isFields(member['enterprise_user']) ? member['enterprise_user'] : {}
  return Array.isArray(account['teams']) && account['teams'].includes(team)
}

/** How somebody signed in to Slack is not known, whatever the directory says of other sign-ins. */
function knownBySlack({ amr: _, ...approver }: Approver, email: string): Approver {
  return { email, ...approver }
}
