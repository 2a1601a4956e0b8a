/** Random UPDATE and DELETE statements over the tables of engines.ts, spelt in every way that should not matter. */
import type { Dialect } from '../../../src/model/dialect.js'
import { Chance } from '../../generator/chance.js'

export interface RandomWrite {
  readonly sql: string
  readonly bindings: readonly unknown[]
  /** Columns that are assigned. */
  readonly assigned: readonly string[]
}

type Kind = 'text' | 'number' | 'whole' | 'flag' | 'at' | 'day' | 'status'

const KINDS: Readonly<Record<string, Kind>> = {
  name: 'text',
  amount: 'number',
  qty: 'whole',
  flag: 'flag',
  at: 'at',
  day: 'day',
  status: 'status',
  note: 'text',
  secret: 'text',
  'odd, "name': 'whole',
}

/** Texts that look like clauses, ends, parameters or comments to whoever reads them without a lexer. */
const TEXTS = ['plain', 'a, b where c', 'x; --', "it''s", '? $1 :a', '/* from */', 'set a = 1', 'ünïcode 🙂']

const MARK = /⟦(\d+)⟧/g

export class WriteMaker {
  readonly #chance: Chance
  readonly #dialect: Dialect
  readonly #bindings: { readonly kind: Kind; readonly value: unknown }[] = []
  #alias = ''

  constructor(seed: number, dialect: Dialect) {
    this.#chance = new Chance(seed)
    this.#dialect = dialect
  }

  make(): RandomWrite {
    const isUpdate = this.#chance.is(75)
    const target = this.#target(isUpdate)
    const assigned = isUpdate ? this.#some(Object.keys(KINDS), 4) : []
    const sets = assigned.map(name => `${this.#name(name)}${this.#gap()}=${this.#gap()}${this.#value(name)}`)
    const head = isUpdate
      ? ['update', target, 'set', sets.join(`${this.#gap()},${this.#gap()}`)]
      : ['delete', 'from', target]
    const where = this.#chance.is(90) ? ['where', this.#condition(2)] : []
    const words = [...head, ...where].map(word =>
      /^[a-z]+$/.test(word) && this.#chance.is(20) ? word.toUpperCase() : word,
    )
    const sql = `${this.#gap()}${words.join(this.#space())}${this.#chance.pick(['', '', ';', ' ; -- end\n'])}`
    return this.#numbered(sql, assigned)
  }

  #target(isUpdate: boolean): string {
    const quoted = this.#dialect === 'mysql' ? '`things`' : '"things"'
    const schemas: Record<Dialect, string[]> = {
      postgres: ['public.', '"public" . '],
      mysql: [''],
      sqlite: ['main.'],
    }
    const schema = this.#chance.is(20) ? this.#chance.pick(schemas[this.#dialect]) : ''
    const only = this.#dialect === 'postgres' && this.#chance.is(10) ? 'only ' : ''
    const name = `${only}${schema}${this.#chance.pick(['things', quoted])}`
    const alias = this.#chance.pick(this.#aliases(isUpdate))
    this.#alias = alias === '' ? 'things' : 't'
    return `${name}${alias}`
  }

  #aliases(isUpdate: boolean): readonly string[] {
    if (this.#dialect === 'sqlite') return ['', '', ' as t', ' AS "t"']
    if (this.#dialect === 'postgres') return ['', '', ' t', ' as t', ' "t"']
    // MariaDB learnt aliases of a DELETE late.
    return isUpdate ? ['', '', ' t', ' as t', ' `t`'] : ['']
  }

  #some<Item>(items: readonly Item[], most: number): Item[] {
    const wanted = 1 + this.#chance.int(most)
    const left = [...items]
    return Array.from({ length: wanted }, () => left.splice(this.#chance.int(left.length), 1)).flat()
  }

  #name(column: string): string {
    if (/^[a-z]+$/.test(column) && this.#chance.is(60))
      return this.#chance.is(15) ? column.toUpperCase() : column
    return this.#dialect === 'mysql' ? `\`${column}\`` : `"${column.replaceAll('"', '""')}"`
  }

  #column(kind: Kind): string {
    const name = this.#chance.pick(
      Object.keys(KINDS).filter(each => KINDS[each] === kind && each !== 'secret'),
    )
    return this.#chance.is(25) ? `${this.#alias}.${this.#name(name)}` : this.#name(name)
  }

  #value(name: string): string {
    const kind = KINDS[name] ?? 'text'
    if (this.#chance.is(6)) return 'null'
    if (this.#chance.is(4)) return 'default'
    if (this.#chance.is(30)) return this.#parameter(kind)
    return this.#expression(kind, 2)
  }

  #expression(kind: Kind, depth: number): string {
    if (depth === 0 || this.#chance.is(25))
      return this.#chance.is(50) ? this.#column(kind) : this.#literal(kind)
    const deeper = (of: Kind = kind) => this.#expression(of, depth - 1)
    const choice = `case when ${this.#condition(1)} then ${deeper()} else ${deeper()} end`
    const common = [choice, `coalesce(${deeper()}, ${this.#literal(kind)})`, `(${deeper()})`]
    switch (kind) {
      case 'text':
        return this.#chance.pick([
          ...common,
          this.#joined(deeper(), deeper()),
          `upper(${deeper()})`,
          this.#inner(),
        ])
      case 'number':
        return this.#chance.pick([
          ...common,
          `${deeper()} * 1.1`,
          `${this.#column('number')}${this.#gap()}+${deeper()}`,
          '-1.25',
        ])
      case 'whole':
        return this.#chance.pick([
          ...common,
          `${deeper()} + 1`,
          // Rounded on the way into the column, and never half-way between two numbers.
          `${deeper()} * 1.6`,
          '(select max(v) from pairs where y in (1, 2))',
          '-3',
        ])
      default:
        return this.#chance.pick(kind === 'status' ? [this.#literal(kind), choice] : common)
    }
  }

  #joined(left: string, right: string): string {
    return this.#dialect === 'mysql' ? `concat(${left}, ', ', ${right})` : `${left} || ', ' || ${right}`
  }

  /** A query of its own, with clauses that the write must not be cut at. */
  #inner(): string {
    return `(select x from pairs where y = 2${this.#gap()} order by v desc limit 1)`
  }

  #literal(kind: Kind): string {
    switch (kind) {
      case 'text':
        return this.#text(this.#chance.pick(TEXTS))
      case 'number':
        return this.#chance.pick(['1', '2.5', '10.055', '0.005'])
      case 'whole':
        return this.#chance.pick(['1', '7', '40'])
      case 'flag':
        return this.#chance.pick(['true', 'false'])
      case 'at':
        return this.#typed('timestamp', '2024-03-01 10:00:00')
      case 'day':
        return this.#typed('date', '2024-03-01')
      case 'status':
        return this.#chance.pick(["'new'", "'paid'"])
    }
  }

  #typed(type: string, text: string): string {
    return this.#dialect === 'postgres' && this.#chance.is(50) ? `'${text}'::${type}` : `'${text}'`
  }

  #text(text: string): string {
    if (this.#dialect === 'postgres' && this.#chance.is(30)) return `$q$${text}$q$`
    if (this.#dialect === 'postgres' && this.#chance.is(20)) return `E'${text.replaceAll("''", "\\'")}'`
    if (this.#dialect === 'mysql' && this.#chance.is(20)) return `"${text.replaceAll("''", "'")}"`
    return `'${text}'`
  }

  #parameter(kind: Kind): string {
    const earlier = this.#bindings.findIndex(each => each.kind === kind)
    if (this.#dialect === 'postgres' && earlier >= 0 && this.#chance.is(40)) return `⟦${earlier}⟧`
    const values: Record<Kind, unknown[]> = {
      text: ['bound', 'where, set', null],
      number: this.#dialect === 'sqlite' ? [1.5, 2.25] : ['1.50', '2.25'],
      whole: [3, 5],
      flag: this.#dialect === 'postgres' ? [true, false] : [1, 0],
      at: ['2024-04-01 00:00:00'],
      day: ['2024-04-02'],
      status: ['shipped', 'paid'],
    }
    const at = this.#bindings.push({ kind, value: this.#chance.pick(values[kind]) }) - 1
    return `⟦${at}⟧`
  }

  #condition(depth: number): string {
    if (depth > 0 && this.#chance.is(40)) {
      const word = this.#chance.pick(['and', 'or'])
      return `(${this.#condition(depth - 1)}${this.#space()}${word}${this.#space()}${this.#condition(depth - 1)})`
    }
    const id = this.#chance.is(20) ? `${this.#alias}.id` : 'id'
    const distinct = this.#dialect === 'mysql' ? '<=>' : 'is not distinct from'
    return this.#chance.pick([
      `${id} = ${this.#parameter('whole')}`,
      `${id} in (1, 2, ${this.#parameter('whole')}, 9)`,
      `${id} < ${1 + this.#chance.int(12)}`,
      `${id} between 3 and 8`,
      `${this.#column('whole')} ${distinct} 3`,
      `${this.#column('text')} = ${this.#parameter('text')}`,
      `${this.#column('text')} <> ${this.#text(this.#chance.pick(TEXTS))}`,
      `exists (select 1 from pairs p where p.y = ${this.#alias}.qty)`,
      `${id}=(select min(y) from pairs where x = 'a')`,
    ])
  }

  #space(): string {
    return this.#chance.pick([' ', ' ', '\n', ' /* , where */ ', ' -- from, x\n '])
  }

  #gap(): string {
    return this.#chance.is(70) ? this.#chance.pick(['', ' ']) : this.#space()
  }

  /** Puts parameters in their places: PostgreSQL's in any order, the others' as they stand. */
  #numbered(marked: string, assigned: readonly string[]): RandomWrite {
    const used = [...marked.matchAll(MARK)].map(match => Number(match[1]))
    const isNumbered = this.#dialect === 'postgres'
    const order = isNumbered ? this.#shuffled([...new Set(used)]) : used
    const sql = marked.replace(MARK, (_, at) => (isNumbered ? `$${order.indexOf(Number(at)) + 1}` : '?'))
    return { sql, bindings: order.map(at => this.#bindings[at]?.value), assigned }
  }

  #shuffled<Item>(items: readonly Item[]): Item[] {
    const left = [...items]
    return items.flatMap(() => left.splice(this.#chance.int(left.length), 1))
  }
}
