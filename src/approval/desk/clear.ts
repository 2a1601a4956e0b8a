/**
 * The redeeming half of the desk: a grant is checked against the submission as it is judged now and
 * consumed once. The only file that mints `Cleared`.
 */
import type { Grant } from '../../model/grant.js'
import type { Cleared, Decided, DecidedSubmission, Pass } from '../../model/progress.js'
import type { Refusal } from '../../model/refusal.js'
import type { MaybePromise } from '../../util/maybe-promise.js'
import { type ApprovalEntry, isOpen } from '../approval-entry.js'
import { change, crowded, look, ROUNDS } from './entries.js'
import { ended, nextOf } from './entry-state.js'
import type { Office } from './office.js'
import { grantOf } from './pass.js'
import { objectionToUse } from './present.js'
import { entryRefusal, invalid, refusal } from './refusals.js'
import { termsOf } from './terms.js'
import { rowsOf, withinRows } from './window.js'

export function clear(office: Office, decided: Decided, pass: Pass): MaybePromise<Cleared | Refusal> {
  const { effect } = decided.decision
  if (effect === 'allow' && pass.grant === null) return mint(decided, null)
  const id: unknown = pass.grant?.requestId
  if (typeof id !== 'string') return invalid('It needs an approval by now, and none was asked for.', decided)
  if (office.door.closed) return invalid('Cardea is closed.', decided)
  return office.turn(id, () => redeem(office, decided, id)).finally(() => office.taken.delete(id))
}

/** Only the id of the pass is believed; everything else comes from the entry in the store. */
async function redeem(office: Office, decided: Decided, id: string): Promise<Cleared | Refusal> {
  const { decision } = decided
  for (let round = 0; round < ROUNDS; round += 1) {
    const entry = await look(office, id)
    if (entry === null)
      return invalid('The grant is not known here: it was used up, is old, or was never given.', decided)
    const { rule, requirement } = entry.request
    if (decision.effect === 'deny') {
      return refusal('CARDEA_POLICY_DENIED', decision.reason, decided, grantOf(entry))
    }
    // A statement that needs no approval any more has no terms to compare; all else must still be the same.
    const terms = decision.effect === 'allow' ? { rule, requirement } : termsOf(decision)
    const objection = isOpen(entry) ? objectionToUse(office, entry, decided, terms) : null
    if (objection !== null) return invalid(objection, decided)
    if (entry.state !== 'approved' || office.spent.has(id)) return notUsable(entry, decided)

    const used = await use(office, entry, decided)
    if (used !== null) return used
  }
  throw crowded()
}

/** Takes what the grant has to give, in one step of the store; null: another change came first. */
async function use(
  office: Office,
  entry: ApprovalEntry,
  decided: Decided,
): Promise<Cleared | Refusal | null> {
  const now = office.clock.now()
  switch (entry.request.kind) {
    case 'single': {
      const after = await change(office, ended(entry, 'consumed', null, now))
      if (after === null) return null
      office.spent.set(entry.id, entry.useBy ?? now)
      return consumed(office, entry, capped(decided, entry.request.preview?.rows))
    }
    case 'window': {
      const left = entry.rowsLeft ?? 0
      if (left < 1) return invalid('The rows that were approved are used up.', decided)
      const rows = Math.min(rowsOf(decided), left)
      const after = await change(office, nextOf(entry, now, { rowsLeft: left - rows }))
      if (after === null) return null
      office.reserved.set(decided.decision.id, { entry: entry.id, rows })
      return consumed(office, entry, withinRows(decided, rows), rows)
    }
    case 'break-glass':
      return consumed(office, entry, decided)
  }
}

async function consumed(
  office: Office,
  entry: ApprovalEntry,
  decided: DecidedSubmission,
  rows?: number,
): Promise<Cleared> {
  await office.note('approval.consume', {
    request: entry.id,
    grant: entry.grantId,
    decision: decided.decision.id,
    kind: entry.request.kind,
    approvers: entry.answers.map(({ approver }) => approver),
    ...(rows === undefined ? {} : { rows }),
  })
  return mint(decided, grantOf(entry))
}

/** Data may have grown since people looked: what exceeds the rows that they saw is rolled back. */
function capped(decided: DecidedSubmission, seen: number | undefined): DecidedSubmission {
  const { decision } = decided
  const { maxAffectedRows } = decision.obligations
  if (seen === undefined || (maxAffectedRows !== undefined && maxAffectedRows <= seen)) return decided
  return {
    ...decided,
    decision: { ...decision, obligations: { ...decision.obligations, maxAffectedRows: seen } },
  }
}

function notUsable(entry: ApprovalEntry, decided: Decided): Refusal {
  if (entry.state === 'pending') return invalid('It is not approved yet.', decided)
  const refused = entryRefusal(entry.state === 'approved' ? { ...entry, state: 'consumed' } : entry, decided)
  return { ...refused, code: 'CARDEA_GRANT_INVALID' }
}

function mint(decided: DecidedSubmission, grant: Grant | null): Cleared {
  const { submission, principal, facts, catalog, decision } = decided
  return { submission, principal, facts, catalog, decision, grant } as Cleared
}
