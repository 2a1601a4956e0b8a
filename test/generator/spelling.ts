/** Where the engines spell the same thing differently, and what only some of them have. */
import type { EngineName } from '../support/twins.js'

export interface Spelling {
  readonly engine: EngineName
  asText(of: string): string
  asInt(of: string): string
  concat(parts: readonly string[]): string
  /** Functions from text to text, and from text to a number. */
  readonly textOfText: readonly ((of: string) => string)[]
  readonly intOfText: readonly ((of: string) => string)[]
  /** Aggregates of text. */
  readonly textAggregates: readonly ((of: string) => string)[]
  readonly json: readonly ((of: string) => string)[]
  readonly patterns: readonly string[]
  readonly setOperations: readonly string[]
  /** Rows that compare equal come in the same order on every run. MariaDB sorts by where they lie in memory. */
  readonly steady: boolean
  readonly windowNumbers: readonly string[]
  readonly windowWords: readonly string[]
  readonly returning: 'all' | 'insert and delete'
}

const call =
  (name: string, ...more: readonly string[]) =>
  (of: string) =>
    `${name}(${[of, ...more].join(', ')})`

const everywhere = [
  call('upper'),
  call('lower'),
  call('trim'),
  call('replace', `'1'`, `'x'`),
  call('substr', '2', '4'),
  call('substr', '1', '8'),
  call('coalesce', `'none'`),
]
const WINDOW_NUMBERS = ['rank()', 'dense_rank()', 'count(*)']
const SET_OPERATIONS = ['union all', 'union all', 'union', 'intersect', 'except']

const postgres: Spelling = {
  engine: 'postgres',
  asText: of => `cast(${of} as text)`,
  asInt: of => `cast(${of} as int)`,
  concat: parts => parts.join(' || '),
  textOfText: [
    ...everywhere,
    call('md5'),
    call('reverse'),
    call('initcap'),
    call('left', '8'),
    call('right', '8'),
    call('split_part', `'1'`, '1'),
    call('translate', `'0123456789'`, `'abcdefghij'`),
    call('lpad', '30', `'0'`),
    of => `encode(convert_to(${of}, 'UTF8'), 'hex')`,
    of => `${of} collate "C"`,
    of => `${of}::varchar(20)`,
    of => `(array[${of}, 'x'])[1]`,
  ],
  intOfText: [call('length'), call('ascii'), call('octet_length'), of => `position('1' in ${of})`],
  textAggregates: [
    call('max'),
    call('min'),
    of => `string_agg(${of}, ',')`,
    of => `cast(array_agg(${of}) as text)`,
    of => `cast(json_agg(${of}) as text)`,
  ],
  json: [of => `cast(to_json(${of}) as text)`, of => `cast(json_build_array(${of}, 1) as text)`],
  patterns: ['like', 'not like', 'ilike', '~', 'similar to'],
  setOperations: [...SET_OPERATIONS, 'intersect all', 'except all'],
  steady: true,
  windowNumbers: [...WINDOW_NUMBERS, 'row_number()'],
  windowWords: ['max', 'first_value', 'last_value', 'lag'],
  returning: 'all',
}

const mysql: Spelling = {
  engine: 'mysql',
  asText: of => `cast(${of} as char)`,
  asInt: of => `cast(${of} as signed)`,
  concat: parts => `concat(${parts.join(', ')})`,
  textOfText: [
    ...everywhere,
    call('md5'),
    call('sha1'),
    call('hex'),
    call('reverse'),
    call('to_base64'),
    call('left', '8'),
    call('right', '8'),
    call('mid', '7', '6'),
    call('substring_index', `'1'`, '1'),
    call('ifnull', `'none'`),
    call('lpad', '30', `'0'`),
    of => `if(1 = 1, ${of}, 'x')`,
    of => `${of} collate utf8mb4_bin`,
  ],
  intOfText: [call('length'), call('char_length'), call('ascii'), call('ord'), call('instr', `'1'`)],
  // group_concat takes its values in an order that MariaDB does not promise.
  textAggregates: [call('max'), call('min'), of => `concat(min(${of}), max(${of}))`],
  json: [of => `json_array(${of}, 1)`, of => `json_object('k', ${of})`, call('json_quote')],
  patterns: ['like', 'not like', 'regexp', 'rlike', 'not regexp'],
  setOperations: SET_OPERATIONS,
  steady: false,
  windowNumbers: WINDOW_NUMBERS,
  windowWords: ['max', 'min'],
  returning: 'insert and delete',
}

const sqlite: Spelling = {
  engine: 'sqlite',
  asText: of => `cast(${of} as text)`,
  asInt: of => `cast(${of} as integer)`,
  concat: parts => parts.join(' || '),
  textOfText: [
    ...everywhere,
    call('hex'),
    call('quote'),
    call('ltrim', `'41'`),
    call('ifnull', `'none'`),
    of => `printf('%s', ${of})`,
    of => `iif(1 = 1, ${of}, 'x')`,
    of => `${of} collate nocase`,
  ],
  intOfText: [call('length'), call('unicode'), call('instr', `'1'`)],
  textAggregates: [
    call('max'),
    call('min'),
    call('group_concat'),
    of => `group_concat(${of}, '|')`,
    call('json_group_array'),
  ],
  json: [of => `json_array(${of}, 1)`, of => `json_object('k', ${of})`, call('json_quote')],
  patterns: ['like', 'not like', 'glob', 'not glob'],
  setOperations: SET_OPERATIONS,
  steady: true,
  windowNumbers: [...WINDOW_NUMBERS, 'row_number()'],
  windowWords: ['max', 'first_value', 'last_value', 'lag'],
  returning: 'all',
}

export const SPELLINGS: Readonly<Record<EngineName, Spelling>> = { postgres, mysql, sqlite }
