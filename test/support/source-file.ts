/** One file of src/ as the architecture rules see it: what it imports, and its syntax tree. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

export interface Import {
  /** A path within src/, such as `model/facts.ts`, or a package name, or `node:fs`. */
  readonly target: string
  readonly ours: boolean
  /** Leaves no trace at run time. */
  readonly typeOnly: boolean
  /** `import(…)`: loaded only when needed. */
  readonly lazy: boolean
}

export interface SourceFile {
  /** Within src/, with slashes. */
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly tree: ts.SourceFile
}

export function readSources(root: string): SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .sort()
    .map(path => sourceFile(path, readFileSync(join(root, path), 'utf8')))
}

export function sourceFile(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
  return { path, text, tree, lines: text.split('\n').length - 1, imports: findImports(path, tree) }
}

/** Every node of the tree, parents first. */
export function* nodes(node: ts.Node): Generator<ts.Node> {
  yield node
  for (const child of node.getChildren()) yield* nodes(child)
}

/** 1-based, for messages. */
export function lineOf(file: SourceFile, node: ts.Node): number {
  return file.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1
}

function findImports(path: string, tree: ts.SourceFile): Import[] {
  const found: Import[] = []
  const add = (specifier: string, typeOnly: boolean, lazy: boolean): void => {
    const ours = specifier.startsWith('.')
    const target = ours
      ? posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts')
      : packageName(specifier)
    found.push({ target, ours, typeOnly, lazy })
  }
  for (const node of nodes(tree)) {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, importsTypesOnly(node.importClause), false)
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      add(node.moduleSpecifier.text, node.isTypeOnly, false)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) add(node.argument.literal.text, true, false)
    } else if (ts.isCallExpression(node) && isDynamicImport(node)) {
      const [argument] = node.arguments
      add(argument && ts.isStringLiteralLike(argument) ? argument.text : '(computed)', false, true)
    }
  }
  return found
}

function isDynamicImport(node: ts.CallExpression): boolean {
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return true
  return ts.isIdentifier(node.expression) && node.expression.text === 'require'
}

function importsTypesOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.isTypeOnly) return true
  const named = clause.namedBindings
  if (clause.name !== undefined || named === undefined || !ts.isNamedImports(named)) return false
  return named.elements.length > 0 && named.elements.every(element => element.isTypeOnly)
}

/** `knex/types/tables` → `knex`, `@scope/name/part` → `@scope/name`, `node:fs/promises` → `node:fs`. */
function packageName(specifier: string): string {
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}
