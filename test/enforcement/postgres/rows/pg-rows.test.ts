import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type PgRows, pgRows } from '../../../../src/enforcement/postgres/rows/pg-rows.js'
import type { Field } from '../../../../src/model/result.js'
import { type Cell, cellsOf, dataRow } from './frames.js'

const text: Field = { name: 'v', type: 25, encoding: { format: 'text' } }
const fields = (width: number): Field[] => Array.from({ length: width }, () => text)
const sent = (rows: PgRows): Buffer => Buffer.concat([...rows.pieces()])

/** Rows in buffers of their own, cut after the given numbers of rows. */
function received(cells: readonly Cell[][], width: number, cuts: readonly number[]): PgRows {
  const rows = pgRows(fields(width))
  let left = cells.map(dataRow)
  for (const cut of [...cuts, left.length]) {
    const chunk = Buffer.concat([Buffer.from('before'), ...left.slice(0, cut), Buffer.from('after')])
    let at = 6
    for (const frame of left.slice(0, cut)) {
      rows.add(chunk, at, at + frame.length)
      at += frame.length
    }
    left = left.slice(cut)
  }
  return rows
}

/** By bytes: comparing large buffers one by one as lists takes seconds. */
const alike = (a: readonly Cell[], b: readonly Cell[]): boolean => dataRow(a).equals(dataRow(b))

const cell: fc.Arbitrary<Cell> = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 12 }).map(bytes => Buffer.from(bytes)) },
  { weight: 2, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1000, max: 90_000 }).map(length => Buffer.alloc(length, 'x') as Buffer),
  },
)
const table = fc.integer({ min: 1, max: 5 }).chain(width =>
  fc.record({
    width: fc.constant(width),
    cells: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 12 }),
    cuts: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    columns: fc.subarray(Array.from({ length: width }, (_, i) => i)),
    changes: fc.infiniteStream(fc.option(cell, { nil: undefined })),
  }),
)

describe('rows of DataRow messages', () => {
  test('what is replaced is replaced, and nothing else changes by a byte', () => {
    fc.assert(
      fc.property(table, ({ width, cells, cuts, columns, changes }) => {
        const rows = received(cells, width, cuts)
        const expected = cells.map(row => [...row])
        const seen: Cell[] = []
        let number = -1
        rows.edit(width, columns, (column, bytes, start, end) => {
          if (column === columns[0]) number++
          seen.push(start < 0 ? null : Buffer.from(bytes.subarray(start, end)))
          const change = changes.next().value as Cell | undefined
          const row = expected[number]
          if (change !== undefined && row !== undefined) row[column] = change
          return change
        })
        expect(
          alike(
            seen,
            cells.flatMap(row => columns.map(column => row[column] ?? null)),
          ),
        ).toBe(true)
        expect(sent(rows).equals(Buffer.concat(expected.map(dataRow)))).toBe(true)
        expect(rows.length).toBe(cells.length)
        expect(rows.byteLength).toBe(sent(rows).length)
        // A second pass sees what the first one made of them.
        const again: Cell[] = []
        const all = Array.from({ length: width }, (_, i) => i)
        rows.edit(width, all, (_, bytes, start, end) => {
          again.push(start < 0 ? null : Buffer.from(bytes.subarray(start, end)))
          return undefined
        })
        expect(alike(again, expected.flat())).toBe(true)
      }),
    )
  })

  test('taken together are those taken one by one', () => {
    fc.assert(
      fc.property(table, ({ width, cells }) => {
        fc.pre(cells.length > 0)
        const chunk = Buffer.concat(cells.map(dataRow))
        const rows = pgRows(fields(width))
        rows.add(chunk, 0, chunk.length, cells.length)
        const single = received(cells, width, [])
        expect({ length: rows.length, byteLength: rows.byteLength }).toEqual({
          length: single.length,
          byteLength: single.byteLength,
        })
        const seen = (from: PgRows): Cell[] => {
          const all: Cell[] = []
          from.edit(width, [0], (_, bytes, start, end) => {
            all.push(start < 0 ? null : Buffer.from(bytes.subarray(start, end)))
            return undefined
          })
          return all
        }
        expect(alike(seen(rows), seen(single))).toBe(true)
      }),
    )
  })

  test('parts are the same rows in the same order, and each can be edited by itself', () => {
    fc.assert(
      fc.property(
        table,
        fc.integer({ min: 1, max: 200 }),
        ({ width, cells, cuts, columns, changes }, size) => {
          const whole = received(cells, width, cuts)
          const parts = received(cells, width, cuts).parts(size)
          expect(Buffer.concat(parts.map(sent)).equals(sent(whole))).toBe(true)
          expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(cells.length)
          for (const [at, part] of parts.entries()) {
            expect(part.byteLength).toBe(sent(part).length)
            expect(part.length).toBeGreaterThan(0)
            const other = parts.length > 1 && at < parts.length - 1
            if (other) expect(part.byteLength).toBeGreaterThanOrEqual(size)
          }
          const values = cells.flatMap(() => columns.map(() => changes.next().value as Cell | undefined))
          const edit = (rows: PgRows, given: Iterator<Cell | undefined>) =>
            rows.edit(width, columns, () => given.next().value as Cell | undefined)
          edit(whole, values.values())
          const given = values.values()
          for (const part of parts) edit(part, given)
          expect(Buffer.concat(parts.map(sent)).equals(sent(whole))).toBe(true)
        },
      ),
    )
  })

  test('what nobody touches leaves in the buffer in which it came', () => {
    const chunk = Buffer.concat([dataRow([Buffer.from('a')]), dataRow([Buffer.from('b')])])
    const rows = pgRows(fields(1))
    rows.add(chunk, 0, chunk.length / 2)
    rows.add(chunk, chunk.length / 2, chunk.length)
    rows.edit(1, [0], () => undefined)
    expect(rows.pieces()).toHaveLength(1)
    expect(rows.pieces()[0]?.buffer).toBe(chunk.buffer)
  })

  test('a value of the same length is put where the old one stood', () => {
    const chunk = dataRow([Buffer.from('abc')])
    const rows = pgRows(fields(1))
    rows.add(chunk, 0, chunk.length)
    rows.edit(1, [0], () => Buffer.from('xyz'))
    expect(rows.pieces()[0]?.buffer).toBe(chunk.buffer)
    expect(cellsOf(sent(rows))).toEqual([[Buffer.from('xyz')]])
  })

  test.each([
    ['another width', dataRow([null, null])],
    ['a cell beyond the row', Buffer.from([0x44, 0, 0, 0, 11, 0, 1, 0, 0, 0, 9, 65])],
    ['bytes behind the last cell', Buffer.from([0x44, 0, 0, 0, 11, 0, 1, 0, 0, 0, 0, 65])],
    ['a negative length', Buffer.from([0x44, 0, 0, 0, 10, 0, 1, 0xff, 0xff, 0xff, 0xfe])],
    ['a length without its bytes', Buffer.from([0x44, 0, 0, 0, 8, 0, 1, 0, 0])],
  ])('%s is refused', (_name, frame) => {
    const rows = pgRows(fields(1))
    rows.add(frame, 0, frame.length)
    expect(() => rows.edit(1, [0], () => undefined)).toThrow(RangeError)
    expect(() => rows.edit(1, [], () => undefined)).toThrow(RangeError)
  })

  test.each([
    ['another message', Buffer.from([0x43, 0, 0, 0, 6, 0, 0])],
    ['a part of a message', dataRow([Buffer.from('abc')]).subarray(0, 10)],
    ['nothing', Buffer.alloc(0)],
  ])('%s is no row', (_name, frame) => {
    expect(() => pgRows([]).add(frame, 0, frame.length)).toThrow(RangeError)
  })

  test('random bytes are refused or are whole rows', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 3 }), (body, width) => {
        const frame = Buffer.concat([Buffer.from([0x44, 0, 0, 0, body.length + 4]), body])
        const rows = pgRows(fields(width))
        try {
          rows.add(frame, 0, frame.length)
          rows.edit(width, [0, 1, 2].slice(0, width), () => Buffer.from('other'))
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
          return
        }
        expect(cellsOf(sent(rows))).toEqual([Array.from({ length: width }, () => Buffer.from('other'))])
      }),
    )
  })
})
