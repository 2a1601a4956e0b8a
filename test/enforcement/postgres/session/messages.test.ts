/** The client's messages and the server's descriptions, read: whole or not at all. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  fieldsOf,
  readColumns,
  rowDescription,
} from '../../../../src/enforcement/postgres/session/columns.js'
import { engineError, errorMessage } from '../../../../src/enforcement/postgres/session/errors.js'
import {
  readBind,
  readExecute,
  readNamed,
  readParse,
  readQuery,
} from '../../../../src/enforcement/postgres/session/reads.js'
import { parseMessage, plainBind } from '../../../../src/enforcement/postgres/session/requests.js'

const READERS = [readParse, readBind, readNamed, readExecute, readQuery]
const text = fc.string({ unit: 'binary' }).map(value => value.replaceAll('\0', ''))
const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.write(type, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

describe('messages of the client', () => {
  test('any bytes are read, or refused as not whole; nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...READERS), (bytes, read) => {
        const whole = message('X', Buffer.from(bytes))
        try {
          read(whole, 0, whole.length)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('a statement comes out as it went in', () => {
    fc.assert(
      fc.property(text, text, (name, statement) => {
        const bytes = parseMessage(name, statement)
        expect(readParse(bytes, 0, bytes.length)).toEqual({ name, text: statement, types: [] })
      }),
    )
  })

  test('a message that ends early, or late, is refused', () => {
    const bytes = Buffer.concat([parseMessage('a', 'select 1'), Buffer.alloc(1)])
    expect(() => readParse(bytes, 0, bytes.length)).toThrow(RangeError)
    expect(() => readParse(bytes, 0, bytes.length - 2)).toThrow(RangeError)
    const bound = plainBind('p', 's')
    expect(() => readBind(bound, 0, bound.length - 1)).toThrow(RangeError)
  })

  test('text that is not UTF-8 is refused: the server would read another statement', () => {
    const bytes = message('Q', Buffer.from([0x73, 0xff, 0x00]))
    expect(() => readQuery(bytes, 0, bytes.length)).toThrow(RangeError)
  })

  test('a Bind that says it has more values than it has does not make memory grow', () => {
    const body = Buffer.concat([Buffer.from('\0\0'), Buffer.from([0, 0, 0xff, 0xff])])
    expect(() => readBind(message('B', body), 0, body.length + 5)).toThrow(RangeError)
  })
})

describe('what the server says', () => {
  test('columns that nobody masks are told in the server’s own bytes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            name: text,
            table: fc.nat(),
            number: fc.integer({ min: -7, max: 1600 }),
            type: fc.nat(),
            size: fc.integer({ min: -2, max: 100 }),
            modifier: fc.integer(),
            format: fc.constantFrom(0, 1),
          }),
          { maxLength: 20 },
        ),
        columns => {
          const bytes = rowDescription(columns, fieldsOf(columns, undefined))
          expect(readColumns(bytes, 0, bytes.length)).toEqual(columns)
          expect(bytes.readInt32BE(1)).toBe(bytes.length - 1)
        },
      ),
    )
  })

  test('an error keeps its fields, and a zero within one cannot begin another', () => {
    const error = {
      failed: true as const,
      severity: 'ERROR',
      code: '42501',
      message: 'a\0Mb',
      hint: 'c',
    }
    expect(engineError(errorMessage(error))).toEqual({ ...error, message: 'aMb' })
  })

  test('any bytes are an error of some kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        expect(engineError(message('E', Buffer.from(bytes))).failed).toBe(true)
      }),
    )
  })
})
