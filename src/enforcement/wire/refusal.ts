import type { Refusal } from '../../model/refusal.js'

/**
 * What the clients of either protocol are told beside the reason.
 *
 * @example
 * refusalFacts(refusal) // 'CARDEA_POLICY_DENIED, rule pci/session, decision 01KDY…'
 */
export function refusalFacts({ code, rule, decisionId, ticket }: Refusal): string {
  return [
    code,
    ...(rule === undefined ? [] : [`rule ${rule}`]),
    ...(decisionId === undefined ? [] : [`decision ${decisionId}`]),
    ...(ticket === undefined ? [] : [`ticket ${ticket}`]),
  ].join(', ')
}
