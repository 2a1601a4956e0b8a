/**
 * Seeded random statements for SQLite over the schema beside this file: joins of every kind, sub-queries, WITH,
 * compound queries, windows, odd spellings of names, and writes. Every column of a sub-query is used by the
 * query around it, so that whatever the engine reads has to show in the facts.
 */

export interface Source {
  readonly name: string
  readonly columns: readonly string[]
}

export const TABLES: readonly Source[] = [
  { name: 'customers', columns: ['id', 'name', 'email', 'ssn', 'rowid'] },
  { name: 'cards', columns: ['id', 'customer_id', 'pan', 'exp_month', 'cvv', 'brand', 'head', '_rowid_'] },
  { name: 'payments', columns: ['id', 'card_id', 'amount', 'status', 'note', 'oid'] },
  { name: 'numbers', columns: ['pan', 'brand', 'rowid'] },
  { name: 'loose', columns: ['a', 'b', 'c'] },
  { name: 'pairs', columns: ['x', 'y', 'z'] },
  { name: '"odd name"', columns: ['"a b"', '"select"', '"true"'] },
  { name: 'scratch', columns: ['id', 'pan'] },
]
const VIEWS: readonly Source[] = [
  { name: 'card_view', columns: ['id', 'number', 'brand'] },
  { name: 'tail_view', columns: ['card', 'tail'] },
  { name: 'paid', columns: ['name', 'amount', 'pan'] },
  { name: 'every_number', columns: ['n'] },
  { name: 'scratch_view', columns: ['kept', 'brand'] },
]
const LITERALS = ['1', "'x'", 'null', '2.5', "x'41'", '0x1f', 'true', 'current_date', '-3', "''"]
const SCALARS = ['upper', 'length', 'hex', 'typeof', 'quote', 'trim', 'abs', 'unicode', 'date', 'likely']
const BINARY = ['=', '<>', '<', '>=', '||', '+', '-', '*', '%', '&', '<<', 'is', 'is not', 'and', 'or', '==']
const ROW_NUMBERS = new Set(['rowid', 'oid', '_rowid_'])

/** One FROM entry: its alias and what can be asked of it. */
interface Item {
  readonly alias: string
  readonly columns: readonly string[]
}

type Scope = readonly Item[]

export function randomStatements(seed: number): () => string {
  const writer = new StatementWriter(randomNumbers(seed))
  return () => writer.statement()
}

/** Mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class StatementWriter {
  private counter = 0
  private common: Source[] = []

  constructor(private readonly random: () => number) {}

  statement(): string {
    this.counter = 0
    this.common = []
    return this.chance(0.25) ? this.write() : this.query([], 3).sql
  }

  private chance(likely: number): boolean {
    return this.random() < likely
  }

  private pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  private fresh(prefix: string): string {
    this.counter += 1
    return `${prefix}${this.counter}`
  }

  private times(most: number): readonly number[] {
    return Array.from({ length: 1 + Math.floor(this.random() * most) }, (_, at) => at)
  }

  /** The same name, spelled otherwise. */
  private spelled(name: string): string {
    if (name.startsWith('"')) return this.chance(0.3) ? `[${name.slice(1, -1)}]` : name
    if (this.chance(0.1)) return name.toUpperCase()
    return this.chance(0.08) ? this.pick([`"${name}"`, `[${name}]`, `\`${name}\``]) : name
  }

  private query(outer: Scope, depth: number, width?: number): { sql: string; columns: readonly string[] } {
    const before = this.common
    const withs = depth > 1 && this.chance(0.2) ? this.withClause(depth) : ''
    const first = this.select(outer, depth, width)
    let sql = first.sql
    const arms = depth > 0 && this.chance(0.15) ? this.times(2) : []
    for (const _ of arms) {
      const operator = this.pick(['union', 'union all', 'intersect', 'except'])
      const arm =
        this.chance(0.2) && first.columns.length < 4
          ? `values (${first.columns.map(() => this.pick(LITERALS)).join(', ')})`
          : this.select(outer, depth - 1, first.columns.length).sql
      sql += ` ${operator} ${arm}`
    }
    if (this.chance(0.2))
      sql += ` order by ${1 + Math.floor(this.random() * first.columns.length)}${this.direction()}`
    if (this.chance(0.15)) sql += this.pick([' limit 5', ' limit 5 offset 1', ' limit 1, 5', ' limit -1'])
    this.common = before
    return { sql: withs + sql, columns: first.columns }
  }

  private direction(): string {
    return this.pick(['', ' desc', ' collate nocase', ' asc nulls last'])
  }

  private withClause(depth: number): string {
    const parts = this.times(2).map(() => {
      const name = this.fresh('w')
      if (this.chance(0.3)) {
        const seed = this.select([], 0, 1)
        this.common = [...this.common, { name, columns: ['n'] }]
        return `${name}(n) as (${seed.sql} union select n || 'x' from ${name} where length(n) < 3)`
      }
      const { sql, columns } = this.query([], depth - 2)
      const given = columns.map(() => this.fresh('c'))
      this.common = [...this.common, { name, columns: given }]
      const hint = this.pick(['', '', 'materialized ', 'not materialized '])
      return `${name}(${given.join(', ')}) as ${hint}(${sql})`
    })
    // Each is read at least once, or the engine would not look at it.
    const used = this.common.slice(-parts.length)
    this.mustRead = [...this.mustRead, ...used]
    return `with ${this.chance(0.3) ? 'recursive ' : ''}${parts.join(', ')} `
  }

  private mustRead: readonly Source[] = []

  private select(outer: Scope, depth: number, width?: number): { sql: string; columns: readonly string[] } {
    const { from, items, whole } = this.from(outer, depth)
    const scope = [...items]
    const all = [...scope, ...outer]
    const targets: string[] = []
    const columns: string[] = []
    const wanted = width ?? this.times(3).length
    const grouped = this.chance(0.15)
    if (width === undefined) {
      for (const item of whole) {
        targets.push(`${item.alias}.*`)
        columns.push(...item.columns.filter(column => !ROW_NUMBERS.has(column)))
      }
    }
    while (columns.length < wanted) {
      const item = this.chance(0.15) && scope.length > 0 ? this.pick(scope) : undefined
      if (item !== undefined && item.columns.length > 0) {
        const column = this.pick(item.columns)
        targets.push(
          `${item.alias}.${column}${this.chance(0.2) && width !== undefined ? ' collate nocase' : ''}`,
        )
        columns.push(column)
        continue
      }
      const name = this.fresh('o')
      const value = this.chance(0.08) && !grouped ? this.window(all, depth) : this.expression(all, depth)
      targets.push(`${value} ${this.pick(['as ', ''])}${name}`)
      columns.push(name)
    }
    let sql = `select ${this.chance(0.1) ? 'distinct ' : ''}${targets.join(', ')}`
    if (from !== '') sql += ` from ${from}`
    const forced = width === undefined ? [] : whole.map(item => this.useAll(item))
    // Output columns can be named here too, also from inside sub-queries.
    const named = { alias: '', columns: columns.filter(column => /^o\d+$/.test(column)) }
    const conditions = [...forced, ...(this.chance(0.5) ? [this.condition([...all, named], depth)] : [])]
    if (conditions.length > 0) sql += ` where ${conditions.join(this.pick([' and ', ' or ']))}`
    if (grouped) {
      sql += ` group by ${this.expression(scope, 0)}`
      if (this.chance(0.5)) sql += ` having ${this.pick(['count(*)', `max(${this.column(all)})`])} > 0`
    }
    return { sql, columns }
  }

  private useAll({ alias, columns }: Item): string {
    return `coalesce(${columns.map(column => `${alias}.${column}`).join(', ')}, 1) is not 2`
  }

  private from(outer: Scope, depth: number): { from: string; items: Item[]; whole: Item[] } {
    const items: Item[] = []
    const whole: Item[] = []
    const due = this.mustRead
    this.mustRead = []
    const entries = [...due, ...this.times(depth > 0 ? 3 : 1).map(() => undefined)]
    const texts = entries.map(source => {
      const { text, item, isDerived } = this.entry(source, outer, items, depth)
      items.push(item)
      if (isDerived) whole.push(item)
      return text
    })
    const from = texts
      .slice(1)
      .reduce((left, text, at) => left + this.join(text, items, at + 1), texts[0] ?? '')
    return { from, items, whole }
  }

  private join(text: string, items: Scope, at: number): string {
    const join = this.pick([
      ', ',
      ' join ',
      ' left join ',
      ' cross join ',
      ' inner join ',
      ' full join ',
      ' right outer join ',
    ])
    if (join === ', ' || join === ' cross join ') return `${join}${text}`
    const [one, two] = [items[at - 1]?.columns ?? [], items[at]?.columns ?? []]
    const shared = one.filter(column => two.includes(column) && !ROW_NUMBERS.has(column))
    if (shared.length > 0 && this.chance(0.3)) return `${join}${text} using (${this.pick(shared)})`
    // The engine lets ON name tables that stand behind it.
    const seen = this.chance(0.3) ? items : items.slice(0, at + 1)
    return `${join}${text} on ${this.condition(seen, 1)}`
  }

  private entry(
    source: Source | undefined,
    outer: Scope,
    left: Scope,
    depth: number,
  ): { text: string; item: Item; isDerived: boolean } {
    const alias = this.alias(left)
    if (source === undefined && depth > 1 && this.chance(0.2)) {
      const { sql, columns } = this.query(outer, depth - 2)
      return { text: `(${sql}) ${alias}`, item: { alias, columns }, isDerived: true }
    }
    if (source === undefined && left.length > 0 && this.chance(0.05)) {
      const text = `json_each(json_array(${this.column(left)}))`
      return { text: `${text} ${alias}`, item: { alias, columns: ['value', 'key', 'json'] }, isDerived: true }
    }
    const chosen = source ?? this.pick([...TABLES, ...TABLES, ...VIEWS, ...this.common, ...this.common])
    const isTable = TABLES.includes(chosen)
    const prefix = isTable && this.chance(0.1) && chosen.name !== 'scratch' ? 'main.' : ''
    const text = `${prefix}${this.spelled(chosen.name)} ${this.pick(['as ', ''])}${alias}`
    return { text, item: { alias, columns: chosen.columns }, isDerived: !isTable }
  }

  /** Few names, so that inner ones hide outer ones and names of tables. */
  private alias(taken: Scope): string {
    const free = ['p', 'q', 'r', 'cards', 'payments'].filter(name => taken.every(item => item.alias !== name))
    return free.length > 0 && this.chance(0.8) ? this.pick(free) : this.fresh('t')
  }

  private column(scope: Scope): string {
    const usable = scope.filter(item => item.columns.length > 0)
    if (usable.length === 0) return this.pick(LITERALS)
    const { alias, columns } = this.pick(usable)
    const name = this.spelled(this.pick(columns))
    return alias === '' || this.chance(0.15) ? name : `${alias}.${name}`
  }

  private expression(scope: Scope, depth: number): string {
    if (depth <= 0 || this.chance(0.35)) return this.chance(0.75) ? this.column(scope) : this.pick(LITERALS)
    const inner = (): string => this.expression(scope, depth - 1)
    switch (Math.floor(this.random() * 16)) {
      case 0:
        return `(${inner()} ${this.pick(BINARY)} ${inner()})`
      case 1:
        return `${this.pick(SCALARS)}(${inner()})`
      case 2:
        return `case when ${this.condition(scope, depth - 1)} then ${inner()} else ${inner()} end`
      case 3:
        return `case ${inner()} when ${inner()} then ${inner()} end`
      case 4:
        return `cast(${inner()} as ${this.pick(['text', 'integer', 'real', 'blob', 'varchar(9)'])})`
      case 5:
        return `(${inner()} collate ${this.pick(['nocase', 'binary', 'rtrim'])})`
      case 6:
        return `coalesce(${inner()}, ${inner()})`
      case 7:
        return `(${this.query(scope, depth - 2, 1).sql})`
      case 8:
        return `iif(${this.condition(scope, depth - 1)}, ${inner()}, ${inner()})`
      case 9:
        return `${this.pick(['min', 'max'])}(${inner()}, ${inner()})`
      case 10:
        return `${this.pick(['-', '+', '~', 'not '])}${inner()}`
      case 11:
        return `substr(${inner()}, 1, 3)`
      case 12:
        return `json_object('k', ${inner()}) ->> '$.k'`
      case 13:
        return `nullif(${inner()}, ${inner()})`
      default:
        return this.condition(scope, depth - 1)
    }
  }

  private condition(scope: Scope, depth: number): string {
    const value = (): string => this.expression(scope, depth - 1)
    const not = this.pick(['', '', 'not '])
    switch (Math.floor(this.random() * (depth > 0 ? 11 : 7))) {
      case 0:
        return `(${value()} ${this.pick(['=', '<', '>', '<>', 'is', 'is not'])} ${value()})`
      case 1:
        return `(${value()} ${not}like ${this.pick(["'4%'", value()])}${this.pick(['', " escape '!'"])})`
      case 2:
        return `(${value()} ${not}between ${value()} and ${value()})`
      case 3:
        return `(${value()} ${not}in (${value()}, ${value()}))`
      case 4:
        return `(${value()} ${this.pick(['is null', 'notnull', 'isnull', 'not null', 'is not null'])})`
      case 5:
        return `(${value()} ${not}glob 'a*')`
      case 6:
        return `((${value()}, ${value()}) ${this.pick(['=', '<', 'is'])} (${value()}, ${value()}))`
      case 7:
        return `(${value()} ${not}in (${this.query(scope, depth - 2, 1).sql}))`
      case 8:
        return `(${not}exists (select 1 ${this.exists(scope)}))`
      case 9:
        return `(${value()} in every_number)`
      default:
        return `(${this.condition(scope, depth - 1)} ${this.pick(['and', 'or'])} ${this.condition(scope, depth - 1)})`
    }
  }

  private exists(scope: Scope): string {
    const { name, columns } = this.pick(TABLES)
    const item = { alias: this.fresh('e'), columns }
    return `from ${name} ${item.alias} where ${this.condition([item, ...scope], 0)}`
  }

  private window(scope: Scope, depth: number): string {
    const name = this.pick(['count', 'sum', 'max', 'first_value', 'group_concat'])
    const frame = this.pick([
      '',
      ' rows between 1 preceding and current row',
      ' groups between unbounded preceding and 1 following exclude ties',
    ])
    const over = `partition by ${this.column(scope)} order by ${this.expression(scope, Math.min(depth, 1))}${frame}`
    const filter =
      name === 'first_value' ? '' : this.pick(['', ` filter (where ${this.condition(scope, 0)})`])
    return `${name}(${name === 'count' ? '*' : this.column(scope)})${filter} over (${over})`
  }

  private write(): string {
    const { name, columns } = this.pick(TABLES.slice(0, 7))
    const own = columns.filter(column => !ROW_NUMBERS.has(column) && column !== 'head')
    const target: Item = { alias: name, columns: own }
    switch (Math.floor(this.random() * 4)) {
      case 0:
        return this.insert(name, own)
      case 1: {
        const where = this.chance(0.8) ? ` where ${this.condition([target], 2)}` : ''
        return `delete from ${name}${where}${this.returning(target)}`
      }
      case 2:
        return this.update(target, '', [target])
      default: {
        const other = this.pick(TABLES)
        const item = { alias: this.fresh('u'), columns: other.columns }
        return this.update(target, ` from ${other.name} ${item.alias}`, [target, item])
      }
    }
  }

  private insert(name: string, columns: readonly string[]): string {
    const before = this.pick([
      'insert into',
      'insert or ignore into',
      'replace into',
      'insert or replace into',
    ])
    const given = columns.slice(0, this.times(columns.length).length)
    const into = `${before} ${name} (${given.join(', ')})`
    const key = { customers: 'id', cards: 'pan', payments: 'id', numbers: 'pan' }[name]
    const source = this.query([], 2, given.length).sql
    if (key === undefined || this.chance(0.5)) return `${into} ${source}`
    const row: Item = { alias: 'excluded', columns }
    const set = `${this.pick(columns)} = ${this.expression([row, { alias: name, columns }], 1)}`
    return `${into} select * from (${source}) where true on conflict (${key}) do update set ${set}`
  }

  private update(target: Item, from: string, scope: Scope): string {
    const sets = [this.pick(target.columns)].map(column => `${column} = ${this.expression(scope, 2)}`)
    const where = this.chance(0.8) ? ` where ${this.condition(scope, 2)}` : ''
    return `update ${target.alias} set ${sets.join(', ')}${from}${where}${from === '' ? this.returning(target) : ''}`
  }

  private returning({ alias, columns }: Item): string {
    if (this.chance(0.6)) return ''
    return ` returning ${this.pick(['*', this.pick(columns), `upper(${this.pick(columns)})`, `${alias}.${this.pick(columns)}`])}`
  }
}
