/** Statements in process and through the door, on both twins, with everything that came of them. */
import pg from 'pg'
import { decodeCell } from '../../../../src/enforcement/postgres/cells/decode.js'
import { CardeaError, DatabaseError, type Decision, type Facts } from '../../../../src/index.js'
import type { GovernedSession } from '../../../../src/model/session.js'
import { asRaw, type CorpusStatement } from '../../../support/corpus.js'
import { agent } from '../../../support/twins.js'
import { varies } from '../../../twins/varying.js'
import type { Answers } from '../../governance/compare.js'
import type { Answer } from './answer.js'
import { numbered, type Sent, type TwinDoor } from './doors.js'

export interface Twins {
  readonly a: TwinDoor
  readonly b: TwinDoor
}

export interface Observed extends Answers<Answer> {
  readonly one: CorpusStatement
  readonly decision: Decision
  readonly facts: Facts
  /** No two runs of it are alike. */
  readonly varies: boolean
  /** Absent where the text is not one statement, which are the session's own affairs at the door. */
  readonly inProcess: InProcess | undefined
}

export type InProcess =
  | { readonly rows: string; readonly fields: string; readonly tag: string }
  | { readonly error: CardeaError | DatabaseError }

/** `regclass` and its kind: names in text, and in binary the database's own numbers. */
const NUMBERED: ReadonlySet<number> = new Set([
  24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191,
])

export async function observe(
  twins: Twins,
  read: GovernedSession['read'],
  one: CorpusStatement,
): Promise<Observed> {
  const { governed } = twins.a.wire
  const { decision, facts } = await governed.explain(...asRaw(one, 'postgres'), agent)
  const commands = read(one.sql)
  const single = commands.length === 1 && commands[0]?.kind === 'statement'
  const undone = !single || !facts.analyzable || !facts.readOnly
  const sent = { ...numbered(one), undone }
  const inProcess = single ? await askInProcess(twins.a, one, undone) : undefined
  const answers = await askBoth(twins, sent)
  return {
    one,
    decision,
    facts,
    varies: varies(one, facts) || answers.binary[0].columns.some(({ type }) => NUMBERED.has(type)),
    inProcess,
    ...answers,
  }
}

export async function askBoth({ a, b }: Twins, sent: Sent): Promise<Answers<Answer>> {
  return {
    text: await Promise.all([a.ask(sent, 'text'), b.ask(sent, 'text')]),
    binary: await Promise.all([a.ask(sent, 'binary'), b.ask(sent, 'binary')]),
  }
}

/** As whom the door takes its clients of this test. */
const BOT = Object.freeze({ framework: 'unknown', id: 'bot' })

interface PgResponse {
  readonly rows: readonly object[]
  readonly rowCount: number | null
  readonly command: string
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

async function askInProcess(door: TwinDoor, one: CorpusStatement, undone: boolean): Promise<InProcess> {
  const db = door.wire.governed.as(agent, { session: 'process', agent: BOT })
  const [sql, bindings] = asRaw(one, 'postgres')
  const ask = async (knex: Pick<typeof db, 'raw'>): Promise<InProcess> => {
    try {
      const response: PgResponse = await knex.raw(sql, [...bindings])
      return { rows: json(response.rows), fields: fieldsOf(response.fields), tag: tagOf(response) }
    } catch (error) {
      if (error instanceof CardeaError || error instanceof DatabaseError) return { error }
      throw error
    }
  }
  if (!undone) return ask(db)
  await door.renumber()
  const transaction = await db.transaction()
  const found = await ask(transaction)
  await transaction.rollback()
  return found
}

function fieldsOf(fields: PgResponse['fields']): string {
  return fields.map(({ name, dataTypeID }) => `${name} ${dataTypeID}`).join(', ')
}

function tagOf({ command, rowCount }: PgResponse): string {
  return `${command} ${rowCount}`
}

/** An answer as node-postgres would give it in process. */
export function inProcessForm({ rows, columns, tag = '' }: Answer): Exclude<InProcess, { error: unknown }> {
  const parsed = decoded({ rows, columns }, (type, _, cell) =>
    pg.types.getTypeParser(type, 'text')(cell.toString('utf8')),
  )
  const [, command = '', count] = /^(\w+)(?: \d+)*? ?(\d+)?$/.exec(tag) ?? []
  return {
    rows: parsed,
    fields: fieldsOf(columns.map(({ name, type }) => ({ name, dataTypeID: type }))),
    tag: `${command} ${count ?? null}`,
  }
}

/** Its rows by our own reading of both formats. */
export function ownForm(answer: Answer): string {
  return decoded(answer, decodeCell)
}

function decoded({ rows, columns }: Pick<Answer, 'rows' | 'columns'>, decode: typeof decodeCell): string {
  return json(
    rows.map(cells => {
      const values = cells.map((cell, at) => {
        const { name, type, format } = columns[at] ?? { name: '', type: 0, format: 'text' }
        return [name, cell === null ? null : decode(type, format, cell)]
      })
      return Object.fromEntries(values)
    }),
  )
}

function json(value: unknown): string {
  return JSON.stringify(value)
}
