/** How much what was found matters to somebody who watches: the same in every form. */
import type { LifecycleEvent } from '../../model/record.js'
import type { Found } from '../search.js'

export type Weight = 'info' | 'low' | 'medium' | 'high'

const LOUD: ReadonlySet<LifecycleEvent> = new Set(['control.fail', 'approval.break-glass', 'trail.recover'])
const NOTED: ReadonlySet<LifecycleEvent> = new Set([
  'agent.stop',
  'identity.refuse',
  'identity.revoke',
  'policy.load',
  'config.reload',
  'session.kill',
  'trail.clock',
  'trail.prune',
  'transaction.undone',
])

export function weightOf(found: Found): Weight {
  if (found.kind === 'event') {
    if (LOUD.has(found.record.event)) return 'high'
    return NOTED.has(found.record.event) ? 'medium' : 'info'
  }
  switch (found.outcome?.status) {
    case 'refused':
      return showsSad(found) ? 'high' : 'medium'
    case 'unknown':
      return 'medium'
    case 'failed':
    case 'cut':
      return 'low'
    default:
      return 'info'
  }
}

/** Sensitive authentication data that was kept back (PCI DSS 3.3.1). */
export function showsSad({ outcome, statement }: Found & { kind: 'statement' }): boolean {
  if (outcome?.status !== 'refused') return false
  return statement.labels.includes('sad') || outcome.error?.code === 'CARDEA_SENSITIVE_DATA'
}
