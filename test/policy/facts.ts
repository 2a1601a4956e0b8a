/** Facts made by hand, for what the policy sees of a statement. */
import type { ColumnRef, Label } from '../../src/model/catalog.js'
import type {
  AnalyzedFacts,
  ColumnUse,
  EffectKind,
  StatementEffect,
  Unanalyzable,
} from '../../src/model/facts.js'
import type { Lineage, OutputColumn } from '../../src/model/lineage.js'
import type { PolicyInput } from '../../src/policy/policy-engine.js'

export function col(name: string, ...labels: Label[]): ColumnRef {
  const [schema = '', relation = '', column = ''] = name.split('.')
  return { schema, relation, column, labels }
}

export const id = col('public.cards.id')
export const brand = col('public.cards.brand')
export const pan = col('public.cards.pan', 'pan')
export const cvv = col('public.cards.cvv', 'sad')
export const ssn = col('public.customers.ssn', 'ssn')
export const email = col('public.customers.email', 'email')

export function facts(part: Partial<AnalyzedFacts> = {}): AnalyzedFacts {
  const kind = part.kind ?? part.effects?.[0]?.kind ?? 'select'
  return {
    analyzable: true,
    dialect: 'postgres',
    kind,
    effects: [{ kind, verb: kind }],
    relations: [{ schema: 'public', relation: 'cards', access: 'read', system: false }],
    columns: [],
    functions: [],
    output: [],
    flows: [],
    locks: [],
    readOnly: kind === 'select',
    fingerprint: 'select',
    catalogVersion: 'v1',
    ...part,
  }
}

export function unanalyzable(code = 'syntax'): Unanalyzable {
  return { analyzable: false, dialect: 'postgres', code, reason: 'it does not parse', catalogVersion: 'v1' }
}

export function out(kind: 'direct' | 'derived' | 'aggregate', ...sources: ColumnRef[]): OutputColumn {
  return { name: sources[0]?.column ?? 'x', lineage: { kind, sources } }
}

export function bare(lineage: Lineage = { kind: 'none' }): OutputColumn {
  return { name: 'x', lineage }
}

export function use(
  column: ColumnRef,
  kind: ColumnUse['use'],
  comparison?: ColumnUse['comparison'],
): ColumnUse {
  return { column, use: kind, ...(comparison === undefined ? {} : { comparison }) }
}

/** A write to public.cards. */
export function write(
  kind: 'insert' | 'update' | 'delete' | 'merge',
  part: Partial<StatementEffect> = {},
): AnalyzedFacts {
  const effect = { kind, verb: kind, target: { schema: 'public', relation: 'cards' }, ...part }
  const relations = [{ schema: 'public', relation: 'cards', access: 'write', system: false }] as const
  return facts({ kind, effects: [effect], relations, readOnly: false })
}

export function statement(kind: EffectKind, verb: string = kind): AnalyzedFacts {
  return facts({ kind, effects: [{ kind, verb }], relations: [], readOnly: false })
}

export function input(about: PolicyInput['facts'], part: Partial<PolicyInput> = {}): PolicyInput {
  return {
    facts: about,
    principal: { subject: 'alice', issuer: 'https://id.example', roles: ['support'] },
    dataSource: { id: 'billing', environment: 'production' },
    session: 's1',
    issuer: 'caller',
    now: Date.parse('2026-03-04T10:00:00Z'),
    ...part,
  }
}
