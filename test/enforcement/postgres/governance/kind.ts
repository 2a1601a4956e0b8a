import { asRaw } from '../../../support/corpus.js'
import { varies } from '../../../twins/varying.js'
import { repeatsName, same, whole } from '../../governance/compare.js'
import type { DoorKind } from '../../governance/door-kind.js'
import type { Answer } from './answer.js'
import { inText, outline, toldIn } from './compare.js'
import { openTwinDoor } from './doors.js'
import { type Came, came, inProcessForm, ownForm } from './in-process.js'
import { found } from './listener.js'

/** `regclass` and its kind: names in text, and in binary the database's own numbers. */
const NUMBERED: ReadonlySet<number> = new Set([
  24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191,
])

/**
 * The PostgreSQL door, asked by node-postgres: in text, which is by simple query where there are no values, and by
 * extended query for results in binary.
 */
export const POSTGRES_DOOR: DoorKind<Answer, Came> = {
  engine: 'postgres',
  client: { framework: 'unknown', id: 'bot' },
  sample: { leftOut: 11, random: 60, msEach: 500, recorded: 0.8, withRows: 0.25 },
  open: openTwinDoor,
  // Knex counts question marks, PostgreSQL numbers.
  sent(one) {
    const [, values] = asRaw(one, 'postgres')
    let at = 0
    const text = one.bindings === undefined ? one.sql : one.sql.replaceAll('?', () => `$${++at}`)
    return { text, values }
  },
  fitsKnex: () => true,
  came,
  varies: (one, facts, { binary }) =>
    varies(one, facts) || binary[0].columns.some(({ type }) => NUMBERED.has(type)),
  whole,
  outline,
  denialTold: ({ error }) => ({
    state: error?.['C'],
    reason: error?.['M'],
    detail: error?.['D']?.replace(/decision \w{26}$/, 'decision ID'),
  }),
  denial: ({ rule, reason }) => ({
    state: '42501',
    reason: `cardea: ${reason}`,
    detail: `CARDEA_POLICY_DENIED, rule ${rule}, decision ID`,
  }),
  errorElse: (error, text) => (same(inText(error), toldIn(text)) ? undefined : toldIn(text)),
  cameElse(inProcess, text, binary) {
    if (ownForm(text) !== ownForm(binary) || text.tag !== binary.tag) return [ownForm(text), ownForm(binary)]
    const form = inProcessForm(text)
    // In process a row is an object: of columns of one name it knows the last.
    const { fields } = repeatsName(text.columns.map(({ name }) => name)) ? inProcess : form
    return same({ ...form, fields }, inProcess) ? undefined : { ...form, inProcess }
  },
  record: record => record,
  unheard: () => ({ text: false, binary: false }),
  heardIn: rows => found(Buffer.from(JSON.stringify(rows))),
  isBinary: ({ columns }) => columns.some(({ format }) => format === 'binary'),
}
