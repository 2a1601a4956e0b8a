/**
 * `pci-baseline`: what holds without any tuning. Precedence among effects does the rest, so the order
 * here only decides which of several denials a caller is told first.
 */

import { DATA_RULES, SAD_RULE } from './baseline-data.js'
import { KIND_RULES } from './baseline-kinds.js'
import type { BaselineRule } from './baseline-rule.js'
import { STORE_RULE } from './store-rule.js'
import { SYSTEM_COLUMNS, SYSTEM_RELATIONS } from './system-catalog.data.js'

/** Raised with every change of what a rule matches, so that the policy hash changes with it. */
const REVISION = 4

export const PCI_BASELINE: readonly BaselineRule[] = Object.freeze([
  ...KIND_RULES,
  SAD_RULE,
  STORE_RULE,
  ...DATA_RULES,
])

/** In force under every policy: there is no mask for sensitive authentication data, and no approval of an approval. */
export const ALWAYS: readonly BaselineRule[] = Object.freeze([SAD_RULE, STORE_RULE])

/** The preset as data, for the policy hash. */
export function presetIdentity(rules: readonly BaselineRule[]): object {
  return {
    revision: REVISION,
    rules: rules.map(({ id, effect, liftable, reason }) => ({ id, effect, liftable, reason })),
    systemRelations: SYSTEM_RELATIONS,
    systemColumns: SYSTEM_COLUMNS,
  }
}
