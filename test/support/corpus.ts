/** The statements of test/corpus/<engine>/<class>.yaml, checked for their form. */
import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { EngineName } from './twins.js'

const verdict = z.enum(['allow', 'require_approval', 'deny'])
const statement = z.strictObject({
  /** Unique in the engine. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/u),
  sql: z.string().min(1),
  /** Under `pci-baseline` with the labels of the twins. */
  verdict,
  /** Other verdicts that would be right too. */
  also: z.array(verdict).optional(),
  bindings: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  /** The server itself refuses it: a trick of spelling, or a form of another engine. */
  inert: z.boolean().optional(),
  /** Shows the time or a random value, so that no two runs of it are alike. */
  varies: z.boolean().optional(),
  why: z.string().optional(),
})
const file = z.strictObject({ about: z.string().min(1), statements: z.array(statement).min(1) })

export type Verdict = z.infer<typeof verdict>
export interface CorpusStatement extends z.infer<typeof statement> {
  /** The class: the file's name. */
  readonly class: string
}

export function readCorpus(engine: EngineName): readonly CorpusStatement[] {
  const folder = new URL(`../corpus/${engine}/`, import.meta.url)
  const statements = readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .flatMap(name => readClass(new URL(name, folder), name))
  const ids = new Set<string>()
  for (const { id, class: found } of statements) {
    if (ids.has(id)) throw new Error(`${engine}: the id ${id} is taken twice (${found})`)
    ids.add(id)
  }
  return statements
}

function readClass(path: URL, name: string): readonly CorpusStatement[] {
  const read = file.safeParse(parse(readFileSync(path, 'utf8')))
  if (!read.success) throw new Error(`${path.pathname}: ${z.prettifyError(read.error)}`)
  return read.data.statements.map(one => ({ ...one, class: name.replace('.yaml', '') }))
}

export function allowedVerdicts({ verdict, also = [] }: CorpusStatement): readonly Verdict[] {
  return [verdict, ...also]
}

/** What `knex.raw` takes. Knex counts every question mark as a binding; on PostgreSQL it can be told otherwise. */
export function asRaw({ sql, bindings }: Spelled, engine: EngineName): RawArguments {
  if (bindings !== undefined) return [sql, bindings]
  if (engine === 'postgres') return [sql.replaceAll('?', '\\?'), []]
  return [sql, Array.from(sql.matchAll(/\?/gu), () => '1')]
}

export type RawArguments = readonly [sql: string, bindings: readonly (string | number | boolean | null)[]]

interface Spelled {
  readonly sql: string
  readonly bindings?: readonly (string | number | boolean | null)[] | undefined
}
