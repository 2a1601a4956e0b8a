import { createHash } from 'node:crypto'
import { canonicalJson } from '../util/canonical-json.js'
import type { DeepReadonly } from './deep-readonly.js'
import { ALWAYS, PCI_BASELINE, presetIdentity } from './presets/pci-baseline.js'
import type { PolicyBody } from './schema.js'

declare const validated: unique symbol

/**
 * A validated, deeply frozen policy. Made by `definePolicy` and `loadPolicy` only; durations are
 * milliseconds, every list is a list, every default is filled in.
 */
export type Policy = DeepReadonly<PolicyBody> & {
  /** SHA-256 (hex) over the canonical JSON of everything that can change a verdict. */
  readonly hash: string
  readonly [validated]: true
}

/** Seals a body that the schema and the cross-checks have passed. Order carries no meaning, so it is removed. */
export function sealPolicy(body: PolicyBody): Policy {
  const effective = {
    ...body,
    ...(body.detect === undefined ? {} : { detect: [...body.detect].sort(order) }),
    labels: [...body.labels].sort((a, b) => order(`${a.column}\n${a.label}`, `${b.column}\n${b.label}`)),
    rules: byId(body.rules),
    exceptions: byId(body.exceptions),
    unmask: byId(body.unmask),
    limits: { ...body.limits, ...orderedBudgets(body.limits) },
  }
  const preset = presetIdentity(body.extends === undefined ? ALWAYS : PCI_BASELINE)
  const hash = createHash('sha256')
    .update(canonicalJson({ ...effective, preset }))
    .digest('hex')
  const sealed: DeepReadonly<PolicyBody> & { readonly hash: string } = deepFreeze({ ...effective, hash })
  return sealed as Policy
}

function byId<Item extends { readonly id: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => order(a.id, b.id))
}

function orderedBudgets({ budgets }: PolicyBody['limits']): Pick<PolicyBody['limits'], 'budgets'> {
  if (budgets === undefined) return {}
  const name = ({ per, window = 0 }: (typeof budgets)[number]) => `${per} ${String(window).padStart(12, '0')}`
  return { budgets: [...budgets].sort((a, b) => order(name(a), name(b))) }
}

/** By code units, so that the hash does not depend on a locale. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member)
  }
  return Object.freeze(value)
}
