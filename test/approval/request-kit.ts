import type { ApprovalRequest } from '../../src/model/grant.js'
import { alice, MINUTE, requirement } from './desk-kit.js'

export function approvalRequest(id: string, parts: Partial<ApprovalRequest> = {}): ApprovalRequest {
  const createdAt = Date.UTC(2030, 0, 1)
  return {
    id,
    kind: 'single',
    statement: 'delete from cards\nwhere id = $1',
    bindings: ['7'],
    summary: ['Deletes from public.cards: rows picked by a unique key, at most 1 row.'],
    labels: ['pan'],
    estimatedRows: 1,
    principal: { subject: 'bot', issuer: 'agents', kind: 'agent', onBehalfOf: alice },
    agent: {
      framework: 'autogen',
      id: 'billing-bot',
      toolCall: 'call-7',
      claimedReason: 'the customer asked',
    },
    session: 'session-1',
    dataSource: { id: 'billing', environment: 'production' },
    rule: 'writes-need-approval',
    reason: 'Writes need an approval.',
    trace: [],
    requirement,
    createdAt,
    decideBy: createdAt + 15 * MINUTE,
    ...parts,
  }
}
