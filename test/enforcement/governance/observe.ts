/** Statements in process and through the door, on both twins, with everything that came of them. */
import type { CommandReader } from '../../../src/analysis/session-commands.js'
import { CardeaError, DatabaseError, type Decision } from '../../../src/index.js'
import { asRaw, type CorpusStatement } from '../../support/corpus.js'
import { agent } from '../../support/twins.js'
import type { Answers } from './compare.js'
import type { Answer, DoorKind } from './door-kind.js'
import { askBoth, type TwinDoor, type Twins } from './twin-door.js'

export interface Observed<A extends Answer, Came> extends Answers<A> {
  readonly one: CorpusStatement
  readonly decision: Decision
  /** No two runs of it are alike. */
  readonly varies: boolean
  /** Absent where the text is not one statement, which is the session's own affair at the door, or none for Knex. */
  readonly inProcess: InProcess<Came> | undefined
}

type InProcess<Came> = { readonly came: Came } | { readonly error: CardeaError | DatabaseError }

export async function observe<A extends Answer, Came>(
  kind: DoorKind<A, Came>,
  twins: Twins<A>,
  reader: CommandReader,
  one: CorpusStatement,
): Promise<Observed<A, Came>> {
  const { a, b } = twins
  const [sql, values] = asRaw(one, kind.engine)
  const { decision, facts } = await a.wire.governed.explain(a.spelled(sql), values, agent)
  const commands = reader.read(one.sql)
  const single = commands.length === 1 && commands[0]?.kind === 'statement'
  const undone = !single || !facts.analyzable || !facts.readOnly
  // On both, so that counters of the tables stand alike.
  const [inProcess] =
    single && kind.fitsKnex(one)
      ? await Promise.all([askInProcess(kind, a, one, undone), askInProcess(kind, b, one, undone)])
      : []
  const answers = await askBoth(twins, { ...kind.sent(one), undone })
  return { one, decision, varies: kind.varies(one, facts, answers), inProcess, ...answers }
}

async function askInProcess<A extends Answer, Came>(
  { engine, client, came }: DoorKind<A, Came>,
  door: TwinDoor<A>,
  one: CorpusStatement,
  undone: boolean,
): Promise<InProcess<Came>> {
  const db = door.wire.governed.as(agent, { session: 'process', agent: client })
  const [sql, bindings] = asRaw(one, engine)
  const ask = async (knex: Pick<typeof db, 'raw'>): Promise<InProcess<Came>> => {
    try {
      return { came: came(await knex.raw(door.spelled(sql), [...bindings])) }
    } catch (error) {
      if (error instanceof CardeaError || error instanceof DatabaseError) return { error }
      throw error
    }
  }
  if (!undone) return ask(db)
  await door.rewind()
  const transaction = await db.transaction()
  const found = await ask(transaction)
  await transaction.rollback()
  return found
}
