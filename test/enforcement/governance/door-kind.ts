/** What differs between the corpus through one door and through another. */
import type { CardeaError, DatabaseError, Decision, Facts } from '../../../src/index.js'
import type { CorpusStatement } from '../../support/corpus.js'
import type { TwinName } from '../../support/twins.js'
import type { Answers, Fields, Heard } from './compare.js'
import type { Sent, TwinDoor } from './twin-door.js'

/** As much of an answer as the suite itself reads. */
export interface Answer extends Heard {
  readonly columns: readonly unknown[]
  readonly rows: readonly unknown[]
  readonly error: object | undefined
}

/** @template Came what came of a statement in process, in a form to compare. */
export interface DoorKind<A extends Answer, Came> {
  readonly engine: 'postgres' | 'mysql'
  /** As whom the door takes its clients of these tests. */
  readonly client: { readonly framework: string; readonly id: string }
  readonly sample: Sample
  open(twin: TwinName): Promise<TwinDoor<A>>
  /** A statement as the protocol takes it: values only where it has some. */
  sent(one: CorpusStatement): Pick<Sent, 'text' | 'values'>
  /** False for a text that is a statement for the protocol and none for Knex. */
  fitsKnex(one: CorpusStatement): boolean
  /** What Knex's `raw` has given. */
  came(response: unknown): Came
  /** No two runs of it are alike. */
  varies(one: CorpusStatement, facts: Facts, answers: Answers<A>): boolean
  /** All of an answer that twins have in common. */
  whole(answer: A): readonly string[]
  /** What is left to compare of what varies. */
  outline(answer: A): readonly string[]
  /** What the door tells of a denial. */
  denialTold(answer: A): object
  /** What it should tell of one. @param ofA an answer of twin A, in whose words the decision is. */
  denial(decision: Decision, ofA: A): object
  /** @returns what is told of an error other than in process. */
  errorElse(error: CardeaError | DatabaseError, text: A, binary: A): unknown
  /** @returns what comes other than in process. */
  cameElse(came: Came, text: A, binary: A, one: CorpusStatement): unknown
  /** A record without what the door and the process never have in common. */
  record(record: Fields): Fields
  /** By format: of what the door never heard under the text that the process knows it by. */
  unheard(one: CorpusStatement, binary: A): { readonly text: boolean; readonly binary: boolean }
  /** What the listener hears in rows that nobody masks. */
  heardIn(rows: readonly Readonly<Record<string, unknown>>[]): readonly string[]
  /** Whether an answer that was asked for in binary came so, with something in it. */
  isBinary(answer: A): boolean
}

/** How much is asked where not all is, for how long, and how much must come of it. */
interface Sample {
  /** Of a class, between two that are asked. */
  readonly leftOut: number
  readonly random: number
  readonly msEach: number
  /** Share of what is asked that is on record in process. */
  readonly recorded: number
  /** Share of what is asked that has rows, in text; and in binary, something in it. */
  readonly withRows: number
}
