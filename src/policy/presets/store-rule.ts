import type { BaselineRule } from './baseline-rule.js'

/** The names of every table that Cardea makes begin so, on all engines and in whichever schema. */
const OWN_TABLES = 'cardea_'

/**
 * Who can write Cardea's own tables can grant themselves what nobody approved, and who can read them sees
 * what others asked for and which tokens are out. Cardea reaches them by a connection of its own.
 */
export const STORE_RULE: BaselineRule = {
  id: 'pci/cardea-store',
  effect: 'deny',
  liftable: false,
  requirements: ['7.2.1', '7.2.6'],
  summary:
    'Cardea’s own tables of approvals, tokens and revocations: any relation whose name begins with cardea_. Always in force.',
  reason:
    'Relations whose names begin with cardea_ are Cardea’s own and open to no statement. Leave them out; people look at requests with the cardea command.',
  find: ({ facts }) =>
    (facts?.relations ?? [])
      .filter(({ relation }) => relation.toLowerCase().startsWith(OWN_TABLES))
      .map(use => ({
        because: `${use.access}s ${use.schema}.${use.relation}`,
        focus: { relations: [use] },
      })),
}
