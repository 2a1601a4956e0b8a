/** A caller's way to a database that fails or answers as a test needs it: for what no real database does on demand. */
import type { Explanation } from '../../../src/model/governor.js'
import type { Statements } from '../../../src/model/statements.js'

const READ = {
  facts: { analyzable: true, readOnly: true, relations: [], output: [] },
  decision: { effect: 'allow', rule: 'reads', reason: 'Reads are allowed.', obligations: { mask: 'none' } },
} as unknown as Explanation

export function statementsThat(ways: Partial<Statements>): Statements {
  return {
    dialect: 'postgres',
    dataSource: { id: 'billing', environment: 'production' },
    run: () => Promise.reject(new Error('Nothing was to run.')),
    explain: async () => READ,
    catalog: () => Promise.reject(new Error('Nothing was to be looked up.')),
    looked: async () => {},
    scrub: text => text,
    standing: async () => null,
    ...ways,
  }
}
