/**
 * Queries and writes of random shape. A careful statement shows protected columns and decides nothing by
 * them; a bold one may use them anywhere. Careful ones must mostly run, or the proof would be empty.
 */
import type { Chance } from './chance.js'
import { condition, expression, type Grammar, type Sight, type Visible } from './expressions.js'
import type { Spelling } from './spelling.js'
import { type Column, TABLES, type Type, WRITABLE, type Writable } from './tables.js'

interface Source {
  readonly text: string
  readonly columns: readonly Visible[]
}

/** A query with what its output columns are called. */
interface Query {
  readonly text: string
  readonly columns: readonly Column[]
}

export class Generator implements Grammar {
  readonly chance: Chance
  readonly spelling: Spelling
  #aliases = 0
  #bold = false

  constructor(chance: Chance, spelling: Spelling) {
    this.chance = chance
    this.spelling = spelling
  }

  /** One statement. */
  statement(): string {
    this.#aliases = 0
    this.#bold = this.chance.is(20)
    if (this.chance.is(15)) return this.#write()
    if (this.chance.is(3)) return `explain ${this.#select(2, [], undefined).text}`
    return this.chance.is(20) ? this.#withCommon() : this.#whole(3).text
  }

  scalarQuery(type: Type, outer: Sight): string {
    const { source, sight } = this.#single(outer)
    const value = expression(this, type, { ...sight, secrets: outer.secrets })
    switch (this.chance.int(3)) {
      case 0:
        return type === 'int'
          ? `select count(*) from ${source.text}${this.#where(sight)}`
          : `select max(${value}) from ${source.text}${this.#where(sight)}`
      case 1:
        return `select ${type === 'int' ? 'max' : 'min'}(${value}) from ${source.text}`
      default:
        return `select ${value} from ${source.text} order by ${this.#plainColumns(source)} limit 1`
    }
  }

  columnQuery(type: Type, outer: Sight): string {
    const { source, sight } = this.#single(outer)
    return `select ${expression(this, type, sight)} from ${source.text}${this.#where(sight)}`
  }

  existsQuery(outer: Sight): string {
    const { source, sight } = this.#single(outer)
    return `select 1 from ${source.text}${this.#where(sight)}`
  }

  #single(outer: Sight): { readonly source: Source; readonly sight: Sight } {
    const source = this.#table(true)
    const secrets = outer.secrets && this.#bold
    return {
      source,
      sight: { columns: [...source.columns, ...outer.columns], secrets, depth: outer.depth - 1 },
    }
  }

  #withCommon(): string {
    const inner = this.#select(2, [], undefined)
    const name = this.#alias('w')
    const named = this.chance.is(40) ? ` (${inner.columns.map((_, at) => `c${at}`).join(', ')})` : ''
    const columns =
      named === '' ? inner.columns : inner.columns.map((one, at) => ({ ...one, name: `c${at}` }))
    const outer = this.#select(2, [{ name, columns }], undefined)
    return `with ${name}${named} as (${inner.text}) ${outer.text}`
  }

  /** A whole query: one SELECT, or several joined by a set operation. */
  #whole(depth: number): Query {
    if (!this.chance.is(12)) return this.#select(depth, [], undefined)
    const operation = this.chance.pick(this.spelling.setOperations)
    const all = operation === 'union all'
    const shape: Type[] = Array.from({ length: 1 + this.chance.int(3) }, () =>
      this.chance.pick(['int', 'text']),
    )
    const arm = () => this.#arm(shape, all || this.#bold)
    return { text: `${arm()} ${operation} ${arm()}`, columns: [] }
  }

  #arm(shape: readonly Type[], secrets: boolean): string {
    const source = this.#table()
    const sight = { columns: source.columns, secrets, depth: 1 }
    const items = shape.map(type => expression(this, type, sight))
    return `select ${items.join(', ')} from ${source.text}${this.#where({ ...sight, secrets: this.#bold })}`
  }

  #select(
    depth: number,
    common: readonly { name: string; columns: readonly Column[] }[],
    outer: Sight | undefined,
  ): Query {
    const sources = this.#from(depth, common)
    const columns = sources.flatMap(source => source.columns)
    const from = sources.map(source => source.text).join(' ')
    const dull: Sight = { columns: [...columns, ...(outer?.columns ?? [])], secrets: this.#bold, depth }
    const where = this.#where(dull)
    if (this.chance.is(20)) return this.#grouped(from + where, columns, depth)
    const distinct = this.chance.is(8)
    const sight = { ...dull, secrets: !distinct || this.#bold }
    const items = Array.from({ length: 1 + this.chance.int(4) }, (_, at) => this.#item(sight, at))
    const star = !distinct && this.chance.is(6) && common.length === 0
    const list = star ? '*' : items.map(item => item.text).join(', ')
    const order = this.#order(distinct ? [] : columns)
    return {
      text: `select ${distinct ? 'distinct ' : ''}${list} from ${from}${where}${order}${this.#limit()}`,
      columns: star ? [] : items.map(item => item.column),
    }
  }

  #item(sight: Sight, at: number): { readonly text: string; readonly column: Column } {
    const type = this.chance.pick<Type>(['int', 'text', 'text'])
    const name = `o${at}`
    const value = this.chance.is(8) ? this.#window(type, sight) : expression(this, type, sight)
    return {
      text: `${value} as ${name}`,
      column: { name, type, ...(sight.secrets ? { secret: 'masked' } : {}) },
    }
  }

  #window(type: Type, sight: Sight): string {
    const dull = { ...sight, secrets: this.#bold, depth: 0 }
    const over = `over (${this.chance.is(50) ? `partition by ${expression(this, 'int', dull)} ` : ''}order by ${expression(this, 'int', dull)})`
    if (type === 'int') return `${this.chance.pick(this.spelling.windowNumbers)} ${over}`
    const shown = expression(this, 'text', { ...sight, depth: 1 })
    return `${this.chance.pick(this.spelling.windowWords)}(${shown}) ${over}`
  }

  #grouped(from: string, columns: readonly Visible[], depth: number): Query {
    const keys = columns.filter(one => one.secret === undefined || (this.#bold && this.chance.is(30)))
    const sight = { columns, secrets: true, depth: Math.min(depth, 1) }
    const aggregates = Array.from({ length: 1 + this.chance.int(2) }, (_, at) => this.#aggregate(sight, at))
    if (keys.length === 0 || this.chance.is(30)) {
      return {
        text: `select ${aggregates.map(one => one.text).join(', ')} from ${from}`,
        columns: aggregates.map(one => one.column),
      }
    }
    const key = this.chance.pick(keys)
    const having = this.chance.is(20) ? ` having count(*) > ${this.chance.int(3)}` : ''
    const shown = [`${key.text} as k`, ...aggregates.map(one => one.text)].join(', ')
    return {
      text: `select ${shown} from ${from} group by ${key.text}${having} order by 1`,
      columns: [{ name: 'k', type: key.type }, ...aggregates.map(one => one.column)],
    }
  }

  #aggregate(sight: Sight, at: number): { readonly text: string; readonly column: Column } {
    const name = `a${at}`
    const shown = expression(this, 'text', sight)
    const counted = expression(this, 'int', { ...sight, secrets: this.#bold })
    const [text, type]: readonly [string, Type] = this.chance.is(50)
      ? [this.chance.pick(this.spelling.textAggregates)(shown), 'text']
      : [
          this.chance.pick([`count(${shown})`, `count(*)`, `max(${counted})`, `count(distinct ${counted})`]),
          'int',
        ]
    return { text: `${text} as ${name}`, column: { name, type, secret: 'masked' } }
  }

  /** FROM: one to three relations, derived tables among them. */
  #from(depth: number, common: readonly { name: string; columns: readonly Column[] }[]): readonly Source[] {
    const first =
      common[0] === undefined ? this.#relation(depth) : this.#named(common[0].name, common[0].columns)
    const sources = [first]
    while (sources.length < 3 && this.chance.is(35)) {
      const next = this.#relation(depth - 1)
      const sight: Sight = {
        columns: [...sources.flatMap(source => source.columns), ...next.columns],
        secrets: this.#bold,
        depth: 0,
      }
      sources.push({ text: this.#joined(next.text, sight), columns: next.columns })
    }
    return sources
  }

  #joined(text: string, sight: Sight): string {
    const kinds = ['join', 'join', 'left join', 'right join']
    const kind = this.chance.is(12) ? 'cross join' : this.chance.pick(kinds)
    if (kind === 'cross join') return `cross join ${text}`
    const on = `${expression(this, 'int', sight)} = ${expression(this, 'int', sight)}`
    return `${kind} ${text} on ${this.chance.is(70) ? on : condition(this, sight)}`
  }

  #relation(depth: number): Source {
    if (depth < 1 || !this.chance.is(20)) return this.#table()
    const inner = this.#select(depth - 1, [], undefined)
    return inner.columns.length === 0 ? this.#table() : this.#named(`(${inner.text})`, inner.columns)
  }

  /** @param distinct only tables of which no two rows agree in all columns that are not protected. */
  #table(distinct = false): Source {
    const table = this.chance.pick(distinct ? TABLES.filter(one => one.distinct !== false) : TABLES)
    return this.#named(table.name, table.columns)
  }

  #named(text: string, columns: readonly Column[]): Source {
    const alias = this.#alias('t')
    return {
      text: `${text} ${alias}`,
      columns: columns.map(column => ({ ...column, text: `${alias}.${column.name}` })),
    }
  }

  #alias(letter: string): string {
    return `${letter}${++this.#aliases}`
  }

  #where(sight: Sight): string {
    return this.chance.is(45)
      ? ` where ${condition(this, { ...sight, depth: Math.min(sight.depth, 1), secrets: this.#bold })}`
      : ''
  }

  #plainColumns(source: Source): string {
    return source.columns
      .filter(one => one.secret === undefined)
      .map(one => one.text)
      .join(', ')
  }

  #order(columns: readonly Visible[]): string {
    const keys = columns.filter(one => one.secret === undefined || this.#bold)
    if (keys.length === 0 || !this.chance.is(35)) return ''
    return ` order by ${this.chance.pick(keys).text}${this.chance.pick(['', ' desc'])}`
  }

  #limit(): string {
    return this.spelling.steady && this.chance.is(20)
      ? ` limit ${1 + this.chance.int(6)}${this.chance.pick(['', ' offset 1'])}`
      : ''
  }

  #write(): string {
    const table = this.chance.pick(WRITABLE)
    switch (this.chance.int(3)) {
      case 0:
        return this.#update(table)
      case 1:
        return `delete from ${table.name} where ${this.#rows(table)}${this.#returning(table, true)}`
      default:
        return this.#insert(table)
    }
  }

  #update(table: Writable): string {
    const target = this.chance.pick(table.values)
    const columns = this.chance.is(40) ? [{ text: target.name, type: target.type }] : []
    const sight = { columns, secrets: false, depth: 1 }
    const value = this.chance.is(25)
      ? `(${this.scalarQuery(target.type, { ...sight, secrets: true })})`
      : expression(this, target.type, sight)
    const returning = this.spelling.returning === 'all' ? this.#returning(table, true) : ''
    return `update ${table.name} set ${target.name} = ${value} where ${this.#rows(table)}${returning}`
  }

  #insert(table: Writable): string {
    const key = 1000 + this.chance.int(1000)
    const source = this.#table(true)
    const sight = { columns: [], secrets: false, depth: 1 }
    if (table.name === 'tokens') {
      const value = expression(this, 'text', { columns: source.columns, secrets: true, depth: 0 })
      return this.chance.is(50)
        ? `insert into tokens (token, pan) select ${key}, ${value} from ${source.text} order by ${this.#plainColumns(source)} limit 1`
        : `insert into tokens (token, pan) values (${key}, ${expression(this, 'text', sight)})${this.#returning(table, true)}`
    }
    const more = table.name === 'users' ? [`'login'`, `'h-${key}'`] : []
    const names = {
      payments: 'id, card_id, note',
      customers: 'id, name',
      cards: 'id, customer_id, pan',
      users: 'id, tenant, login, handle',
    }
    const rest = {
      payments: ['1', expression(this, 'text', sight)],
      customers: [`'New'`],
      cards: ['1', `'4111111111111111'`],
      users: ['1', ...more],
    }
    const name = table.name as keyof typeof names
    return `insert into ${name} (${names[name]}) values (${[key, ...rest[name]].join(', ')})${this.#returning(table, true)}`
  }

  #rows({ key }: Writable): string {
    if (this.chance.is(75)) return `${key} = ${1 + this.chance.int(7) + (key === 'token' ? 100 : 0)}`
    return this.chance.is(50) ? `${key} in (1, 2, 103)` : `${key} > 0`
  }

  #returning(table: Writable, may: boolean): string {
    if (!may || !this.chance.is(30)) return ''
    const columns = table.values.map(one => ({ ...one, text: one.name }))
    const sight = { columns, secrets: true, depth: this.spelling.engine === 'mysql' ? 0 : 1 }
    return ` returning ${table.key}, ${expression(this, 'text', sight)}`
  }
}
