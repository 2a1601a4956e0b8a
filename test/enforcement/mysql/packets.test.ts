/** Packets in pieces: however a stream is cut, it is read as the same packets, or refused at the same byte. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  LONGEST_PIECE,
  PacketIllegal,
  PacketReader,
  PacketTooLong,
  packet,
} from '../../../src/enforcement/upstream/mysql/packets.js'
import { int } from '../../../src/enforcement/upstream/mysql/wire.js'

const MOST = 40_000_000

function read(
  chunks: readonly Buffer[],
  expected = 0,
): { readonly payloads: string[]; readonly error?: string } {
  const reader = new PacketReader(MOST)
  reader.expect(expected)
  const payloads: string[] = []
  try {
    for (const chunk of chunks) {
      reader.push(chunk)
      for (let next = reader.next(); next !== undefined; next = reader.next()) {
        payloads.push(next.bytes.toString('latin1', next.start, next.end))
        reader.expect(0)
      }
    }
    return { payloads }
  } catch (error) {
    return { payloads, error: (error as Error).constructor.name }
  }
}

const cut = (bytes: Buffer, places: readonly number[]): readonly Buffer[] => {
  const sorted = [0, ...places, bytes.length].sort((a, b) => a - b)
  return sorted.slice(1).map((to, at) => bytes.subarray(sorted[at], to))
}

/** A login, statements, empty payloads, and a packet out of its turn at the end. */
const SESSION = Buffer.concat([
  ...['\x03select 1', '', '\x16select ?', '\x0e', '\x17\x01\0\0\0\0\x01\0\0\0\0\x01\xfd\0\x03abc'].map(text =>
    packet(Buffer.from(text, 'latin1')),
  ),
  packet(Buffer.from('\x03select 2'), 3),
  packet(Buffer.from('\x03select 3')),
])

describe('packets in pieces', () => {
  test('a stream cut anywhere, or into single bytes, is the same packets', () => {
    const whole = read([SESSION])
    expect(whole.payloads).toHaveLength(5)
    expect(whole.error).toBe('PacketIllegal')
    for (let at = 0; at <= SESSION.length; at++) expect(read(cut(SESSION, [at]))).toEqual(whole)
    expect(read(Array.from(SESSION, byte => Buffer.from([byte])))).toEqual(whole)
    fc.assert(
      fc.property(fc.array(fc.nat({ max: SESSION.length }), { maxLength: 12 }), places => {
        expect(read(cut(SESSION, places))).toEqual(whole)
      }),
    )
  })

  test.each([
    ['one byte less than a piece', LONGEST_PIECE - 1, 1],
    ['exactly a piece, which an empty one ends', LONGEST_PIECE, 2],
    ['a piece and a byte', LONGEST_PIECE + 1, 2],
    ['exactly two pieces', 2 * LONGEST_PIECE, 3],
  ])('%s is one packet', (_, length, pieces) => {
    const payload = Buffer.alloc(length, 'x')
    const bytes = packet(payload)
    expect(bytes.length).toBe(length + 4 * pieces)
    const reader = new PacketReader(MOST)
    reader.expect(0)
    reader.push(bytes.subarray(0, -1))
    expect(reader.next()).toBeUndefined()
    reader.push(bytes.subarray(-1))
    const found = reader.next()
    expect(found?.sequence).toBe(pieces - 1)
    expect((found?.end ?? 0) - (found?.start ?? 0)).toBe(length)
  })

  const long = Buffer.concat([int(LONGEST_PIECE, 3), Buffer.from([0]), Buffer.alloc(LONGEST_PIECE, 'x')])

  test.each([0, 2, 255])('a second piece with the number %i is refused', sequence => {
    const reader = new PacketReader(MOST)
    reader.expect(0)
    reader.push(Buffer.concat([long, packet(Buffer.from('\x03select 1'), sequence)]))
    expect(() => reader.next()).toThrow(PacketIllegal)
  })

  test('pieces that together are too long are refused at the header that says so', () => {
    const reader = new PacketReader(LONGEST_PIECE + 10)
    reader.expect(0)
    reader.push(Buffer.concat([long, int(11, 3)]))
    expect(reader.next()).toBeUndefined()
    reader.push(Buffer.from([1]))
    expect(() => reader.next()).toThrow(PacketTooLong)
  })

  test('numbers go on at 0 behind 255', () => {
    const reader = new PacketReader(MOST)
    reader.expect(255)
    reader.push(
      Buffer.concat([
        packet(Buffer.from('a'), 255),
        packet(Buffer.from('b'), 0),
        packet(Buffer.from('c'), 0),
      ]),
    )
    expect(reader.next()).toBeDefined()
    expect(reader.next()).toBeDefined()
    expect(() => reader.next()).toThrow(PacketIllegal)
  })
})
