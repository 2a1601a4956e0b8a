import { varies } from '../../../twins/varying.js'
import { same } from '../../governance/compare.js'
import type { DoorKind } from '../../governance/door-kind.js'
import type { Answer } from './answer.js'
import { atPreparing, inText, outline, record, toldIn, unordered } from './compare.js'
import { openTwinDoor } from './doors.js'
import { type Came, came, inProcessForm } from './in-process.js'
import { found } from './listener.js'

/** Shows what was asked before, or a counter that no rollback takes back. */
const REMEMBERS = /\b(found_rows|row_count|last_insert_id)\s*\(|^\s*insert\b.*\breturning\b/is

/** The MySQL door, asked by mysql2: in text, and prepared. */
export const MYSQL_DOOR: DoorKind<Answer, Came> = {
  engine: 'mysql',
  client: { framework: 'Node-MySQL-2', id: 'bot' },
  sample: { leftOut: 47, random: 20, msEach: 2_000, recorded: 0.7, withRows: 0.2 },
  open: openTwinDoor,
  sent: ({ sql, bindings = [] }) => ({ text: sql, values: bindings }),
  // Knex takes every question mark for a value, which the protocol does not.
  fitsKnex: ({ sql, bindings }) => bindings !== undefined || !sql.includes('?'),
  came,
  varies: (one, facts) => REMEMBERS.test(one.sql) || varies(one, facts),
  whole: unordered,
  outline,
  denialTold: toldIn,
  denial: ({ rule, reason }, { database }) => ({
    errno: 1142,
    message: `cardea: [CARDEA_POLICY_DENIED, rule ${rule}] ${reason.replaceAll(database, 'DATABASE')}`,
  }),
  errorElse(error, text, binary) {
    const should = inText(error, text.database)
    const told = [text, ...(atPreparing(binary) ? [] : [binary])].map(toldIn)
    return told.every(each => same(each, should)) ? undefined : { told, should }
  },
  cameElse(inProcess, text, binary, { bindings }) {
    const [asText, prepared] = [inProcessForm(text), inProcessForm(binary)]
    // mysql2 writes values into a text by itself, and a column may be named after them.
    const fits = same(prepared, inProcess) && (bindings !== undefined || same(asText, inProcess))
    return fits ? undefined : { asText, prepared, inProcess }
  },
  record,
  unheard: ({ bindings }, binary) => ({ text: bindings !== undefined, binary: atPreparing(binary) }),
  heardIn: rows => found([{ ...NOTHING, rows: rows.map(row => Object.values(row)) }]),
  isBinary: ({ rows }) => rows.length > 0,
}

const NOTHING: Answer = {
  columns: [],
  rows: [],
  error: undefined,
  affected: undefined,
  database: '',
  lines: [],
}
