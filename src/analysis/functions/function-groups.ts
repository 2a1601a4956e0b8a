import type { BuiltinFunction } from '../dialects/dialect.js'

/** Built-in functions of an engine that were reviewed together. */
export interface FunctionGroup {
  /** What calling them comes to, which is why it is harmless; for `volatile` ones, what they do. */
  readonly because: string
  /** Lower case, between white space. */
  readonly names: string
  /** Default `listed`. */
  readonly standing?: BuiltinFunction['standing']
  /** Default `scalar`. */
  readonly shape?: BuiltinFunction['shape']
  /** Whether a call with these arguments is the reviewed one. Default: any. */
  readonly accepts?: Accepts
}

export type Accepts = NonNullable<BuiltinFunction['accepts']>

/**
 * Functions used as relations, with the columns they have. `null`: one column, named after the function.
 * Empty: those of a column definition list or a row type. Behind `/`: columns that `*` leaves out, which show the
 * arguments.
 */
export interface RelationGroup {
  readonly because: string
  readonly columns: Readonly<Record<string, string | null>>
}

export interface RefusedGroup {
  /** Follows the function's name and a colon: what it does that no statement here may. */
  readonly because: string
  /** Names; one that ends in `*` stands for all that begin so. A space in a name stands as `_`. */
  readonly names: string
}

/** Why a name is refused; `undefined` for one that no group holds. */
export type Refusal = (name: string) => string | undefined

/** The names between white space. */
export function words(list: string): readonly string[] {
  const trimmed = list.trim()
  return trimmed === '' ? [] : trimmed.split(/\s+/)
}

/** @throws Error for a name that two groups hold: each is reviewed once. */
export function functionTable(
  groups: readonly FunctionGroup[],
  relations: readonly RelationGroup[] = [],
): ReadonlyMap<string, BuiltinFunction> {
  const table = new Map<string, BuiltinFunction>()
  const add = (name: string, entry: BuiltinFunction): void => {
    if (table.has(name)) throw new Error(`${name} stands in two groups.`)
    table.set(name, entry)
  }
  for (const { names, standing = 'listed', shape = 'scalar', accepts } of groups) {
    const entry = { standing, shape, ...(accepts === undefined ? {} : { accepts }) }
    for (const name of words(names)) add(name, entry)
  }
  for (const { columns } of relations) {
    for (const [name, list] of Object.entries(columns)) {
      add(name, { standing: 'listed', shape: 'set', ...columnsOf(list) })
    }
  }
  return table
}

function columnsOf(list: string | null): Pick<BuiltinFunction, 'columns' | 'hidden'> {
  if (list === null) return {}
  const [shown = '', hidden = ''] = list.split('/')
  return { columns: words(shown), ...(hidden === '' ? {} : { hidden: words(hidden) }) }
}

/** What volatile functions do, and why the refused ones are refused. */
export function refusals(groups: readonly FunctionGroup[], refused: readonly RefusedGroup[]): Refusal {
  const exact = new Map<string, string>()
  const families: (readonly [start: string, because: string])[] = []
  for (const { names, because } of [...groups.filter(isVolatile), ...refused]) {
    for (const name of words(names)) {
      if (name.endsWith('*')) families.push([name.slice(0, -1), because])
      else exact.set(name, because)
    }
  }
  return spelled => {
    const name = spelled.replaceAll(' ', '_')
    return exact.get(name) ?? families.find(([start]) => name.startsWith(start))?.[1]
  }
}

function isVolatile(group: FunctionGroup): boolean {
  return group.standing === 'volatile'
}
