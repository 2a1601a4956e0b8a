import type { Catalog, CatalogColumn, CatalogRelation } from '../../src/model/catalog.js'
import type { Maskers, Obligations } from '../../src/model/decision.js'
import type { Dialect } from '../../src/model/dialect.js'
import type { EngineError } from '../../src/model/executor.js'
import type { AnalyzedFacts } from '../../src/model/facts.js'
import type { OutputColumn } from '../../src/model/lineage.js'
import type { Pack } from '../../src/model/pack.js'
import type { Executed } from '../../src/model/progress.js'
import type { Field, Result, Row } from '../../src/model/result.js'

export const VISA = '4111111111111111'
export const MASTERCARD = '5555555555554444'
export const AMEX = '378282246310005'

export interface Given {
  readonly result: Result | EngineError
  readonly mask?: Obligations['mask']
  readonly errors?: Obligations['errors']
  readonly output?: readonly OutputColumn[]
  /** Of the catalog. */
  readonly relations?: readonly CatalogRelation[]
  /** Those that the statement reads. Default all. */
  readonly read?: readonly CatalogRelation[]
  readonly dialect?: Dialect
  /** Packs that the decision names. */
  readonly detect?: readonly Pack[]
  /** What the policy says of labels. */
  readonly maskers?: Maskers
}

/** What execution would hand over: the few parts that masking reads. */
export function executed(given: Given): Executed {
  const dialect = given.dialect ?? 'postgres'
  const facts: Partial<AnalyzedFacts> = {
    analyzable: true,
    dialect,
    output: given.output ?? outputOf(given.result),
    relations: (given.read ?? given.relations ?? []).map(({ schema, name, system }) => ({
      schema,
      relation: name,
      access: 'read',
      system,
    })),
  }
  const catalog: Catalog = {
    dialect,
    version: '1',
    searchPath: ['public'],
    relations: given.relations ?? [],
    routines: [],
  }
  const obligations: Obligations = {
    mask: given.mask ?? 'scan-all',
    errors: given.errors ?? 'scan',
    readOnly: true,
  }
  const { detect, maskers } = given
  const decision = {
    id: '01DECISION',
    rule: 'some-rule',
    obligations,
    ...(detect === undefined ? {} : { detect }),
    ...(maskers === undefined ? {} : { maskers }),
  }
  return {
    intended: { cleared: { facts, catalog, decision } },
    result: given.result,
  } as unknown as Executed
}

function outputOf(result: Result | EngineError): readonly OutputColumn[] {
  return 'fields' in result ? result.fields.map(({ name }) => ({ name, lineage: { kind: 'none' } })) : []
}

export function rows(fields: readonly (string | Field)[], ...data: Row[]): Result {
  return {
    fields: fields.map(field => (typeof field === 'string' ? { name: field } : field)),
    rows: data,
    truncated: false,
  }
}

export function table(
  name: string,
  id: number,
  columns: Record<string, readonly string[]>,
  kind: CatalogRelation['kind'] = 'table',
): CatalogRelation {
  return {
    schema: 'public',
    name,
    kind,
    id,
    keys: [],
    hasTriggersOrRules: false,
    system: false,
    columns: Object.entries(columns).map(
      ([column, labels]): CatalogColumn => ({ name: column, type: 'text', nullable: true, labels }),
    ),
  }
}

export function direct(
  relation: string,
  column: string,
  labels: readonly string[] = [],
  name = column,
): OutputColumn {
  return { name, lineage: { kind: 'direct', sources: [{ schema: 'public', relation, column, labels }] } }
}
