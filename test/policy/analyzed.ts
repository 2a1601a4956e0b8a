/** A decision point and what stage 2 hands to it, around hand-made facts. */
import type { Catalog } from '../../src/model/catalog.js'
import type { Facts } from '../../src/model/facts.js'
import type { Analyzed, AnalyzedSubmission } from '../../src/model/progress.js'
import type { Submission } from '../../src/model/submission.js'
import type { DecisionPoint } from '../../src/policy/decide.js'
import type { Hook } from '../../src/policy/hooks.js'
import type { PolicyEngine } from '../../src/policy/policy-engine.js'

const catalog: Catalog = {
  dialect: 'postgres',
  version: 'v1',
  searchPath: ['public'],
  relations: [
    {
      schema: 'public',
      name: 'cards',
      kind: 'table',
      columns: [{ name: 'pan', type: 'text', nullable: false, labels: ['pan'] }],
      keys: [['id']],
      hasTriggersOrRules: false,
      system: false,
    },
  ],
  routines: [],
}

export function analyzed(facts: Facts, part: Partial<Submission> = {}): Analyzed {
  const principal = { subject: 'alice', issuer: 'https://id.example', roles: ['support'] }
  const submission: Submission = {
    statement: 'select 1',
    bindings: [],
    dialect: 'postgres',
    credentials: { kind: 'asserted', principal },
    session: 's1',
    dataSource: { id: 'billing', environment: 'production' },
    point: 'knex',
    issuer: 'caller',
    origination: 'test',
    ...part,
  }
  const value: AnalyzedSubmission = { submission, principal, facts, catalog }
  return value as Analyzed
}

export function point(engine: PolicyEngine, hooks: readonly Hook[] = []): DecisionPoint {
  let last = 0
  const now = Date.parse('2026-03-04T10:00:00Z')
  return {
    engine,
    hooks,
    clock: { now: () => now, monotonic: () => 0 },
    ids: { next: () => `id-${++last}` },
  }
}
