import type { ApprovalRequirement, BreakGlassTerms, Decision, Maskers } from '../model/decision.js'
import type { Facts } from '../model/facts.js'
import type { Pack } from '../model/pack.js'
import type { Agent, Principal } from '../model/principal.js'
import type { DataSource, Submission } from '../model/submission.js'

/** Everything a policy may look at. */
export interface PolicyInput {
  readonly facts: Facts
  readonly principal: Principal
  readonly agent?: Agent
  readonly dataSource: DataSource
  readonly session: string
  readonly issuer: Submission['issuer']
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** A decision before the decide stage gives it an id and the policy's hash. */
export type Verdict = Omit<Decision, 'id' | 'policyHash' | 'detect' | 'maskers'>

/** Port: the policy decision point. A throw is a deny. */
export interface PolicyEngine {
  readonly name: string
  /** SHA-256 of the effective policy, hex; in every record and grant. */
  readonly hash: string
  /** The terms when a hook asks for approval of what the policy allows. Absent: one person, 15 and 5 minutes. */
  readonly approvalDefaults?: ApprovalRequirement | undefined
  /** Who may give themselves an approval in an emergency. Absent: nobody. It stands in for approvals, never for a denial. */
  readonly breakGlass?: BreakGlassTerms | undefined
  /** What detectors look for beside card data, in everything that its decisions let out. Absent: nothing. */
  readonly detect?: readonly Pack[] | undefined
  /** How its decisions show columns by their label. Absent: `partial` for `pan`, `redact` for others. */
  readonly maskers?: Maskers | undefined
  evaluate(input: PolicyInput): Verdict | Promise<Verdict>
}
