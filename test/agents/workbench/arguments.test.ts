/** Arguments as models, and those who prompt them, may write them. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GovernedWorkbench } from '../../../src/agents/autogen.js'
import { ArgumentFault, type Arguments, readArguments } from '../../../src/agents/workbench/arguments.js'
import { statementsThat } from './statements-that.js'

const fault = (given: unknown, tool: Parameters<typeof readArguments>[0] = 'query'): string => {
  try {
    return `taken: ${JSON.stringify(readArguments(tool, given))}`
  } catch (error) {
    if (error instanceof ArgumentFault) return error.message
    throw error
  }
}

describe('arguments', () => {
  test('are taken as they are, null meaning absent', () => {
    const given = { sql: 'select $1', params: ['a', 1, 1.5, true, null], max_rows: 5 }
    expect(readArguments('query', given)).toEqual(given)
    expect(readArguments('query', { sql: 'select 1', params: null, max_rows: null })).toEqual({
      sql: 'select 1',
    })
    expect(readArguments('list_tables', undefined)).toEqual({})
    expect(readArguments('list_tables', null)).toEqual({})
    expect(readArguments('list_tables', Object.assign(Object.create(null), { like: 'x' }))).toEqual({
      like: 'x',
    })
  })

  test('that are unknown are refused without being repeated', () => {
    const known = 'An argument is not known. query takes sql, params, max_rows.'
    expect(fault({ sql: 'select 1', approval: 'granted' })).toBe(known)
    expect(fault({ sql: 'select 1', '4111111111111111': 1 })).toBe(known)
    expect(fault(JSON.parse('{"sql":"select 1","__proto__":{"a":1}}'))).toBe(known)
    expect(fault(JSON.parse('{"sql":"select 1","constructor":{"prototype":{}}}'))).toBe(known)
    expect(fault({ sql: 'select 1', [Symbol('sql')]: 1 })).toBe('The arguments must be one JSON object.')
    expect(fault({ sql: 'x', approval_id: 'y' })).toBe(known)
    expect(fault({ sql: 'x', params: [] }, 'approval_status')).toContain('approval_status takes approval_id')
  })

  test('that are no plain object are refused', () => {
    class Query {
      sql = 'select 1'
    }
    const inherited = Object.create({ sql: 'select 1' })
    const getter = Object.defineProperty({}, 'sql', { get: () => 'select 1', enumerable: true })
    for (const given of [
      [],
      ['select 1'],
      'select 1',
      1,
      true,
      1n,
      () => 1,
      new Query(),
      inherited,
      getter,
      new Map(),
    ])
      expect(fault(given)).toMatch(/^The arguments must be one JSON object\.$/)
    const names = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`a${at}`, at]))
    expect(fault(names)).toBe('There are too many arguments.')
  })

  test.each<[string, unknown, string]>([
    ['no text', 1, 'The argument sql must be a text.'],
    ['a text object', Object('select 1'), 'The argument sql must be a text.'],
    ['a list of texts', ['select 1'], 'The argument sql must be a text.'],
    ['an empty text', '', 'The argument sql is empty.'],
    ['a huge text', 'x'.repeat(100_001), 'The argument sql is longer than 100000 characters.'],
    ['a NUL', 'select 1\0; drop', 'The argument sql holds a NUL character.'],
    ['half a character', 'select \uD800', 'The argument sql is not well-formed Unicode.'],
  ])('with %s are refused by name', (_what, sql, reason) => {
    expect(fault({ sql })).toBe(reason)
  })

  test.each<[string, unknown, string]>([
    ['no list', 'a', 'The argument params must be a list.'],
    ['something like a list', { length: 1, 0: 'a' }, 'The argument params must be a list.'],
    ['a gap', Object.assign([], { 1: 'a' }), 'The argument params must be a list without gaps.'],
    ['too many', Array(1_001).fill(1), 'The argument params has more than 1000 values.'],
    ['a list within', [['a']], 'Value 1 of params must be a text, a number, true, false or null.'],
    ['an object within', ['a', { b: 1 }], 'Value 2 of params must be a text, a number, true, false or null.'],
    ['not a number', [Number.NaN], 'Value 1 of params is not a finite number.'],
    ['no end', [Number.POSITIVE_INFINITY], 'Value 1 of params is not a finite number.'],
    [
      'digits that JSON drops',
      JSON.parse('[4111111111111111111]'),
      'Value 1 of params has more digits than a JSON number keeps. Give it as text.',
    ],
    ['a NUL', ['a\0b'], 'Value 1 of params holds a NUL character.'],
    ['half a character', ['\uDC00'], 'Value 1 of params is not well-formed Unicode.'],
    ['a huge text', ['x'.repeat(1_000_001)], 'Value 1 of params is longer than 1000000 characters.'],
    ['a bigint', [1n], 'Value 1 of params must be a text, a number, true, false or null.'],
  ])('with params of %s are refused by place', (_what, params, reason) => {
    expect(fault({ sql: 'select 1', params })).toBe(reason)
  })

  test('with rows that are no count are refused', () => {
    for (const max_rows of [0, -1, 1.5, '5', true, Number.NaN, 2 ** 60])
      expect(fault({ sql: 'select 1', max_rows })).toBe(
        'The argument max_rows must be a whole number, 1 or more.',
      )
  })

  test('that are missing are named', () => {
    expect(fault({})).toBe('The argument sql is missing.')
    expect(fault({ sql: null })).toBe('The argument sql is missing.')
    expect(fault({}, 'approval_status')).toBe('The argument approval_id is missing.')
    expect(fault({}, 'describe_table')).toBe('The argument table is missing.')
  })

  test('that change while they are read are read once', () => {
    let reads = 0
    const turncoat = new Proxy(
      { sql: 'select 1' },
      {
        getOwnPropertyDescriptor: (target, key) => {
          reads += 1
          const value = reads === 1 ? 'select 1' : 'delete from cards'
          return { ...Reflect.getOwnPropertyDescriptor(target, key), value, configurable: true }
        },
      },
    )
    const { sql }: Arguments = readArguments('query', turncoat)
    expect(sql).toBe('select 1')
    expect(reads).toBe(1)
  })
})

describe('a call with whatever JSON', () => {
  const ran: unknown[] = []
  const workbench = new GovernedWorkbench(
    statementsThat({
      run: async (sql, params) => {
        ran.push(sql, ...params)
        return { kind: 'released', result: { fields: [], rows: [], truncated: false }, masked: () => ({}) }
      },
      catalog: async () => ({
        dialect: 'postgres',
        version: '1',
        searchPath: [],
        relations: [],
        routines: [],
      }),
    }),
  )
  const names = workbench.listTools().map(({ name }) => name)
  const statuses = ['ok', 'executed', 'invalid', 'denied']

  test('has one answer of one JSON object, and runs only what is sound', async () => {
    const likely = fc.record(
      { sql: fc.anything(), params: fc.anything(), max_rows: fc.anything(), approval_id: fc.anything() },
      { requiredKeys: [] },
    )
    const given = fc.oneof(fc.anything({ withBigInt: true, withNullPrototype: true }), fc.jsonValue(), likely)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), given, async (name, args) => {
        const { result, is_error } = await workbench.callTool(name, args)
        expect(result).toHaveLength(1)
        const { status } = JSON.parse(result[0]?.content ?? '')
        expect(statuses).toContain(status)
        expect(is_error).toBe(status === 'invalid' || status === 'denied')
      }),
      { numRuns: 500 },
    )
    for (const value of ran) expect(['string', 'number', 'boolean', 'object']).toContain(typeof value)
    expect(ran.filter(value => typeof value === 'object' && value !== null)).toEqual([])
  })

  test('as text is parsed or refused, whatever the text', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('', '{', '[]', 'null', '1', '"x"'),
    )
    await fc.assert(
      fc.asyncProperty(text, fc.string(), async (arguments_, id) => {
        const given = await workbench.executeFunctionCall({ id, name: 'query', arguments: arguments_ })
        expect(given.call_id).toBe(id)
        expect(statuses).toContain(JSON.parse(given.content).status)
      }),
      { numRuns: 300 },
    )
  })

  test('under a name that is no tool is told so, and the name is not repeated if it looks like data', async () => {
    for (const name of [
      '',
      'drop_table',
      'toString',
      '__proto__',
      '4111111111111111',
      'a b',
      'x'.repeat(70),
    ]) {
      const given = await workbench.executeFunctionCall({ id: '1', name, arguments: '{}' })
      expect(JSON.parse(given.content)).toMatchObject({ status: 'invalid', code: 'CARDEA_TOOL_UNKNOWN' })
      expect(['unknown', 'drop_table', 'toString', '__proto__']).toContain(given.name)
    }
  })
})
