/** Values, conditions and aggregates of the random statements, over the columns in sight. */
export type Kind = 'int' | 'text' | 'bool'

export interface Column {
  readonly name: string
  readonly kind: Kind
}

export interface Relation {
  readonly name: string
  readonly columns: readonly Column[]
}

/** One entry of FROM in sight. */
export interface Item {
  readonly alias: string
  readonly columns: readonly Column[]
  readonly isTable: boolean
}

export interface Select {
  readonly sql: string
  readonly columns: readonly Column[]
}

export type Scope = readonly Item[]

/** A generator of numbers below 1 that gives the same ones for the same seed. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export const quote = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && name !== 'select' ? name : `"${name}"`

/** Names that sub-queries give their columns now and then, so that they hide those of tables. */
export const TAKEN = ['id', 'name', 'pan', 'ssn', 'note', 'status', 'card_id', 'brand']

export abstract class ValueWriter {
  protected counter = 0
  private readonly random: () => number

  constructor(random: () => number) {
    this.random = random
  }

  protected below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  protected chance(share: number): boolean {
    return this.random() < share
  }

  protected pick<Value>(values: readonly Value[]): Value {
    const value = values[this.below(values.length)]
    if (value === undefined) throw new Error('There is nothing to pick from.')
    return value
  }

  protected fresh(stem: string): string {
    this.counter += 1
    return `${stem}${this.counter}`
  }

  /** @param kinds the columns that are wanted, or any. */ protected column(item: Item, kind: Kind): string {
    const fitting = item.columns.filter(column => column.kind === kind)
    if (fitting.length === 0) return kind === 'int' ? '7' : kind === 'text' ? `'x'::text` : 'true'
    const { name } = this.pick(fitting)
    const plain = `${item.alias}.${quote(name)}`
    if (item.isTable && this.chance(0.15)) return quote(name)
    return item.isTable && this.chance(0.1) ? `(${item.alias}).${quote(name)}` : plain
  }

  protected anyColumn(items: Scope): string {
    const item = this.pick(items)
    return this.column(item, this.pick(item.columns).kind)
  }

  protected condition(depth: number, scope: Scope): string {
    return this.chance(0.3)
      ? `(${this.value('bool', depth, scope)} ${this.pick(['and', 'or'])} ${this.value('bool', depth, scope)})`
      : this.value('bool', depth, scope)
  }

  protected value(kind: Kind, depth: number, scope: Scope): string {
    const item = this.pick(scope)
    const own = this.column(item, kind)
    if (this.chance(0.35)) return own
    if (depth > 0 && this.chance(0.2)) return this.subquery(kind, depth - 1, scope)
    const [int, text] = [this.column(this.pick(scope), 'int'), this.column(this.pick(scope), 'text')]
    if (kind === 'int')
      return this.pick([
        `${int} + 1`,
        `length(${text})`,
        `coalesce(${int}, ${own})`,
        `case ${text} when 'a' then ${int} else ${own} end`,
        `(array[${int}, ${own}])[1]`,
        `greatest(${int}, 3)`,
      ])
    if (kind === 'text')
      return this.pick([
        `upper(${text})`,
        `${own} || ${text}`,
        `substring(${text} from 1 for 2)`,
        `nullif(${own}, ${text})`,
        `to_json(${item.alias})::text`,
        `row(${item.alias}.*)::text`,
        `(to_jsonb(${item.alias}) ->> 'id')`,
        `case when ${int} > 1 then ${text} end`,
        `json_build_object('k', ${int}, 'v', ${text})::text`,
        `(select ${text})`,
      ])
    return this.pick([
      `${int} = 1`,
      `${text} like 'a%'`,
      `${text} is not null`,
      `${item.alias} is not null`,
      `${int} between 1 and ${own === 'true' ? '5' : int}`,
      `${text} in ('a', ${text})`,
      `(${int}, ${text}) = (1, 'a')`,
      `${text} is distinct from 'z'`,
      `${int} = any (array[1, 2])`,
    ])
  }
  protected aggregate(kind: Kind, scope: Scope): string {
    const filter = this.chance(0.2) ? ` filter (where ${this.value('bool', 0, scope)})` : ''
    const [int, text] = [this.column(this.pick(scope), 'int'), this.column(this.pick(scope), 'text')]
    if (kind === 'int')
      return this.pick([`count(*)::int`, `max(${int})${filter}`, `count(distinct ${text})::int`])
    if (kind === 'bool')
      return this.pick([`bool_or(${int} > 1)${filter}`, `max(${text}) like 'a%'`, `count(*) > 1`])
    return this.pick([
      `max(${text})${filter}`,
      `string_agg(${text}, ',' order by ${int})${filter}`,
      `json_agg(${text})${filter}::text`,
      `array_to_string(array_agg(${text}), ',')`,
    ])
  }

  protected windowed(kind: Kind, scope: Scope): string {
    const local = scope.slice(-1)
    const over = this.pick([
      'over w0',
      `over (order by ${this.anyColumn(local)})`,
      `over (partition by ${this.anyColumn(local)} order by ${this.anyColumn(local)} rows between 1 preceding and current row)`,
    ])
    if (kind === 'int')
      return this.pick([
        `row_number() ${over}::int`,
        `sum(${this.column(this.pick(local), 'int')}) ${over}::int`,
      ])
    if (kind === 'text') return `lag(${this.column(this.pick(local), 'text')}) ${over}`
    return `rank() ${over} = 1`
  }

  /** Entries joined in every way there is; `items` collects what they bring into sight. */
  /** A value computed by a query of its own. */
  protected abstract subquery(kind: Kind, depth: number, scope: Scope): string
}
