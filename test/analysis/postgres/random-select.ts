/**
 * A seeded generator of SELECT statements that PostgreSQL accepts: joins, LATERAL, sub-queries, WITH, set
 * operations, windows, aggregates, whole rows. Every column of a sub-query is used by the query around it,
 * so that whatever the server says the statement depends on must show in the facts.
 */
import {
  type Column,
  type Item,
  type Kind,
  numbers,
  quote,
  type Relation,
  type Scope,
  type Select,
  TAKEN,
  ValueWriter,
} from './random-values.js'

function names(text: string, path: string): boolean {
  const at = text.indexOf(path)
  return at >= 0 && (!/\w/.test(text.charAt(at + path.length)) || names(text.slice(at + 1), path))
}

/** @example const next = randomSelects(7, relations); next().sql */
export function randomSelects(seed: number, relations: readonly Relation[]): () => Select {
  const writer = new SelectWriter(numbers(seed), relations)
  return () => writer.statement()
}
class SelectWriter extends ValueWriter {
  private common: Relation[] = []
  private readonly relations: readonly Relation[]

  constructor(random: () => number, relations: readonly Relation[]) {
    super(random)
    this.relations = relations
  }

  statement(): Select {
    this.counter = 0
    this.common = []
    return this.query(this.pick([1, 2, 2]), [])
  }
  private query(depth: number, outer: Scope, kinds?: readonly Kind[]): Select {
    const before = this.common
    const clause = depth > 1 && this.chance(0.25) ? this.withClause(depth) : ''
    const body =
      depth > 0 && this.chance(0.15)
        ? this.setOperation(depth - 1, outer, kinds)
        : this.select(depth, outer, kinds)
    this.common = before
    return { sql: clause + body.sql, columns: body.columns }
  }

  private withClause(depth: number): string {
    const recursive = this.chance(0.4)
    const tables = Array.from({ length: 1 + this.below(2) }, () =>
      recursive ? this.recursiveTable() : this.commonTable(depth - 1),
    )
    // Each is read at least once, or nothing would be made of it.
    const unread = this.common.slice(-tables.length)
    const uses = unread.map(table => {
      const alias = this.fresh('u')
      const columns = table.columns.map(column => `${alias}.${quote(column.name)} is null`)
      return `exists (select 1 from ${quote(table.name)} ${alias} where ${columns.join(' or ')})`
    })
    this.pending.push(...uses)
    return `with ${recursive ? 'recursive ' : ''}${tables.join(', ')} `
  }

  /** Conditions that the next WHERE has to carry. */
  private readonly pending: string[] = []

  /** Names for the columns of a sub-query, each once. */
  private named(columns: readonly Column[]): readonly Column[] {
    const taken = new Set<string>()
    return columns.map(({ kind }) => {
      const common = this.pick(TAKEN)
      const name = this.chance(0.3) && !taken.has(common) ? common : this.fresh('d')
      taken.add(name)
      return { name, kind }
    })
  }

  private commonTable(depth: number): string {
    // Sometimes under the name of a relation, which it then hides.
    const name = this.chance(0.2) ? this.pick(this.relations).name : this.fresh('w')
    const body = this.query(depth, [])
    const columns = this.named(body.columns)
    this.common = [...this.common.filter(table => table.name !== name), { name, columns }]
    const hint = this.pick(['', 'materialized ', 'not materialized '])
    return `${quote(name)} (${columns.map(column => column.name).join(', ')}) as ${hint}(${body.sql})`
  }

  private recursiveTable(): string {
    const [name, n, v] = [this.fresh('r'), this.fresh('n'), this.fresh('v')]
    const [one, two] = [this.table(), this.table()]
    const start = `select ${this.column(one, 'int')}, ${this.column(one, 'text')} from ${this.from(one)}`
    const step = `select ${name}.${n} + 1, ${name}.${v} || ${this.column(two, 'text')} from ${name} join ${this.from(two)} on ${this.column(two, 'int')} = ${name}.${n}`
    const extras = this.pick(['', ` search depth first by ${n} set ord`, ` cycle ${n} set cyc using way`])
    const columns: Column[] = [
      { name: n, kind: 'int' },
      { name: v, kind: 'text' },
    ]
    this.common = [...this.common, { name, columns }]
    return `${name} (${n}, ${v}) as (${start} ${this.pick(['union', 'union all'])} ${step})${extras}`
  }

  private setOperation(depth: number, outer: Scope, kinds?: readonly Kind[]): Select {
    const wanted = kinds ?? this.kinds()
    const [left, right] = [this.query(depth, outer, wanted), this.query(depth, outer, wanted)]
    const operator = this.pick(['union', 'union all', 'intersect', 'except', 'except all'])
    const order = this.chance(0.3) ? ' order by 1' : ''
    return { sql: `(${left.sql}) ${operator} (${right.sql})${order}`, columns: left.columns }
  }

  private kinds(): readonly Kind[] {
    return Array.from({ length: 1 + this.below(3) }, () => this.pick<Kind>(['int', 'text', 'text', 'bool']))
  }

  private select(depth: number, outer: Scope, kinds?: readonly Kind[]): Select {
    const carried = this.pending.splice(0)
    const items: Item[] = []
    const from = this.fromClause(depth, outer, items)
    const scope = [...outer, ...items]
    const conditions = [...carried]
    if (this.chance(0.6)) conditions.push(this.condition(depth, scope))
    const wanted = kinds ?? this.kinds()
    const shape = this.below(10)
    const targets =
      shape < 2 ? this.grouped(wanted, items) : this.plain(wanted, depth, scope, items, shape === 3)
    const { distinct, list, rest } = targets
    const written = [from, ...conditions, ...list, rest].join(' ')
    for (const { alias, columns } of items.filter(item => !item.isTable)) {
      for (const { name } of columns)
        if (!names(written, `${alias}.${quote(name)}`))
          conditions.push(`(${alias}.${quote(name)} is null or true)`)
    }
    const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
    return {
      sql: `select ${distinct}${list.join(', ')} from ${from}${where}${rest}`,
      columns: wanted.map((kind, at) => ({ name: `column${at}`, kind })),
    }
  }

  private plain(
    wanted: readonly Kind[],
    depth: number,
    scope: Scope,
    items: Scope,
    windows: boolean,
  ): Targets {
    const list = wanted.map(kind => {
      const value = windows && this.chance(0.6) ? this.windowed(kind, scope) : this.value(kind, depth, scope)
      return this.chance(0.4) ? `${value} as ${this.pick([this.fresh('a'), this.pick(TAKEN)])}` : value
    })
    const sorts = this.chance(0.3)
      ? ` order by ${this.pick([this.anyColumn(items), '1', this.pick(TAKEN)])}`
      : ''
    const limit = this.chance(0.2) ? ' limit 5' : ''
    const distinct =
      sorts === '' && this.chance(0.15)
        ? this.pick(['distinct ', `distinct on (${this.anyColumn(items)}) `])
        : ''
    const named = windows && list.some(value => value.includes('over w0'))
    const window = named
      ? ` window w0 as (partition by ${this.anyColumn(items)} order by ${this.anyColumn(items)})`
      : ''
    return { distinct, list, rest: `${window}${sorts}${limit}` }
  }

  private grouped(wanted: readonly Kind[], items: Scope): Targets {
    const key = this.pick([this.anyColumn(items), this.anyColumn(items), this.pick(TAKEN)])
    const list = wanted.map(kind => this.aggregate(kind, items))
    const set = this.pick([key, `rollup (${key})`, `grouping sets ((${key}), ())`])
    const having = this.chance(0.3) ? ` having ${this.aggregate('bool', items)}` : ''
    return { distinct: '', list, rest: ` group by ${set}${having}` }
  }
  private fromClause(depth: number, outer: Scope, items: Item[]): string {
    let sql = this.entry(depth, outer, items, items)
    for (let more = this.below(3); more > 0; more -= 1) {
      const left = [...items]
      const how = this.below(7)
      const right = this.entry(depth, outer, items, left)
      const fresh = items[items.length - 1] ?? this.table()
      const ints = `${this.column(fresh, 'int')} = ${this.column(this.pick(left), 'int')}`
      if (how < 2) sql = `${sql}, ${right}`
      else if (how < 3) sql = `${sql} cross join ${right}`
      else sql = `${sql} ${this.pick(['join', 'left join', 'inner join'])} ${right} on ${ints}`
    }
    return sql
  }

  private entry(depth: number, outer: Scope, items: Item[], left: Scope): string {
    const choice = this.below(10)
    if (depth > 0 && choice < 3) return this.derived(depth, outer, items, left)
    if (choice === 3) return this.listed(items)
    if (choice === 4) return this.shared(items)
    if (choice === 5) return this.computed(items, left)
    const item = this.table()
    items.push(item)
    return this.from(item)
  }

  private derived(depth: number, outer: Scope, items: Item[], left: Scope): string {
    const lateral = left.length > 0 && this.chance(0.5)
    const body = this.query(depth - 1, lateral ? [...outer, ...left] : outer, [
      'int',
      'text',
      this.pick(['int', 'text', 'bool']),
    ])
    const columns = this.named(body.columns)
    const alias = this.fresh('s')
    items.push({ alias, columns, isTable: false })
    return `${lateral ? 'lateral ' : ''}(${body.sql}) ${alias} (${columns.map(column => column.name).join(', ')})`
  }

  private listed(items: Item[]): string {
    const alias = this.fresh('v')
    const columns: Column[] = [
      { name: this.fresh('d'), kind: 'int' },
      { name: this.fresh('d'), kind: 'text' },
    ]
    items.push({ alias, columns, isTable: true })
    return `(values (1, 'a'), (2, 'b')) as ${alias} (${columns.map(column => column.name).join(', ')})`
  }

  /** A function in FROM, a sample, a join under a name of its own, all columns of a table under other names. */
  private computed(items: Item[], left: Scope): string {
    const alias = this.fresh('f')
    const [one, two] = [this.fresh('d'), this.fresh('d')]
    const columns: Column[] = [
      { name: one, kind: 'int' },
      { name: two, kind: 'text' },
    ]
    const [int, text] =
      left.length === 0
        ? ['3', `'x'`]
        : [this.column(this.pick(left), 'int'), this.column(this.pick(left), 'text')]
    // WITH tables can have more columns than are known here.
    const [table, other] = [this.table(false), this.table(false)]
    const width = [...table.columns, ...other.columns]
    const all: Column[] = width.map(({ kind }) => ({ name: this.fresh('d'), kind }))
    const listed = `${alias} (${all.map(column => column.name).join(', ')})`
    const [sql, made] = this.pick<readonly [string, readonly Column[]]>([
      [`rows from (generate_series(1, ${int}), unnest(array[${text}])) ${alias} (${one}, ${two})`, columns],
      [`json_to_record(json_build_object('${one}', ${int})) as ${alias} (${one} int, ${two} text)`, columns],
      [`lateral (select t.* from (select ${int}, ${text}) t) as ${alias} (${one}, ${two})`, columns],
      [`(${this.from(table)} cross join ${this.from(other)}) as ${listed}`, all],
      [`(select * from ${this.from(table)}, ${this.from(other)}) as ${listed}`, all],
      [
        `(select ${other.alias}.*, ${table.alias}.* from ${this.from(other)}, ${this.from(table)}) as ${alias} (${[...all.slice(table.columns.length), ...all.slice(0, table.columns.length)].map(column => column.name).join(', ')})`,
        all,
      ],
    ])
    items.push({ alias, columns: made, isTable: false })
    return sql
  }

  /** Two tables joined by the columns of one name. */
  private shared(items: Item[]): string {
    const [one, two] = [this.fresh('t'), this.fresh('t')]
    const cards = this.relations.find(relation => relation.name === 'cards') ?? this.pick(this.relations)
    const payments =
      this.relations.find(relation => relation.name === 'payments') ?? this.pick(this.relations)
    if (this.common.some(({ name }) => name === 'cards' || name === 'payments')) return this.listed(items)
    items.push({ alias: one, columns: cards.columns, isTable: true })
    items.push({ alias: two, columns: payments.columns, isTable: true })
    const join = this.pick(['join', 'left join', 'full join'])
    return this.chance(0.5)
      ? `cards ${one} ${join} payments ${two} using (id)`
      : `cards ${one} natural ${join} payments ${two}`
  }

  private table(common = true): Item & { readonly source: string } {
    const plain = this.relations.filter(each => !this.common.some(({ name }) => name === each.name))
    const known = common ? [...this.common, ...plain] : plain
    const recent = common && this.common.length > 0 && this.chance(0.4)
    const relation = recent ? this.pick(this.common) : this.pick(known)
    const alias = this.fresh('t')
    const isTable = !this.common.includes(relation)
    return { alias, columns: relation.columns, isTable, source: quote(relation.name) }
  }

  private from(item: Item & { readonly source?: string }): string {
    return `${item.source} ${item.alias}`
  }
  protected override subquery(kind: Kind, depth: number, scope: Scope): string {
    const [int] = [this.column(this.pick(scope), 'int')]
    if (kind === 'bool' && this.chance(0.5)) return `${int} in (${this.query(depth, scope, ['int']).sql})`
    if (kind === 'bool')
      return `exists (select 1 from (${this.query(depth, scope, ['int']).sql}) ${this.fresh('x')} (y) where y = ${int})`
    return `(select max(z) from (${this.query(depth, scope, [kind]).sql}) ${this.fresh('x')} (z))`
  }
}

interface Targets {
  readonly distinct: string
  readonly list: readonly string[]
  readonly rest: string
}
