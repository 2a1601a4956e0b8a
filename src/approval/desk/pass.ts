/** The only file that mints a `Pass`. */
import type { Grant } from '../../model/grant.js'
import type { Pass } from '../../model/progress.js'
import type { ApprovalEntry } from '../approval-entry.js'

/** The whole answer for an allowed statement: made once, because most statements are. */
export const NOTHING_NEEDED: Pass = Object.freeze({ grant: null }) as Pass

/** Of an approved entry. What it says is for the record; what admits a statement is the entry in the store. */
export function passFor(entry: ApprovalEntry): Pass {
  return Object.freeze({ grant: grantOf(entry) }) as Pass
}

export function grantOf({ id, grantId, request, answers, grantedAt, useBy, seal }: ApprovalEntry): Grant {
  return Object.freeze({
    id: grantId ?? '',
    requestId: id,
    kind: request.kind,
    answers: Object.freeze([...answers]),
    grantedAt: grantedAt ?? 0,
    expiresAt: useBy ?? 0,
    binding: seal,
  })
}
