/** Framing: the same messages however they are cut, nothing that was not there, and no more work than one copy. */
import { describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import {
  FrameIllegal,
  FrameTooLong,
  frameReader,
} from '../../../../src/enforcement/upstream/postgres/frames.js'

const MAX = 10_000

function message(type: string, body: Buffer): Buffer {
  const bytes = Buffer.alloc(5 + body.length)
  bytes.write(type, 'latin1')
  bytes.writeInt32BE(body.length + 4, 1)
  body.copy(bytes, 5)
  return bytes
}

/** The messages that come out of the chunks, as bytes of their own. */
function told(chunks: readonly Buffer[], maxBytes = MAX): Buffer[] {
  const out: Buffer[] = []
  const frames = frameReader({ maxBytes })
  const receiver = {
    message: (type: number, bytes: Buffer, start: number, end: number) => {
      expect(bytes[start]).toBe(type)
      out.push(Buffer.from(bytes.subarray(start, end)))
    },
  }
  for (const chunk of chunks) frames.feed(chunk, receiver)
  return out
}

const bodies = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 12 })
const session = bodies.map(all => all.map((body, at) => message('QPBDES'[at % 6] ?? 'Q', Buffer.from(body))))
const cuts = fc.array(fc.nat(), { maxLength: 20 })

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = places.map(place => place % (bytes.length + 1)).sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end))
}

describe('messages out of chunks', () => {
  test('are the same wherever a session is cut', () => {
    const messages = [
      message('Q', Buffer.from('select 1\0')),
      message('S', Buffer.alloc(0)),
      message('D', Buffer.alloc(300, 7)),
      message('X', Buffer.from([0, 0, 0, 4])),
    ]
    const whole = Buffer.concat(messages)
    for (let at = 0; at <= whole.length; at++) {
      expect(told([whole.subarray(0, at), whole.subarray(at)])).toEqual(messages)
    }
    expect(told([...whole].map(byte => Buffer.from([byte])))).toEqual(messages)
  })

  test('are the same however often it is cut', () => {
    fc.assert(
      fc.property(session, cuts, (messages, places) => {
        expect(told(cut(Buffer.concat(messages), places))).toEqual(messages)
      }),
      { numRuns: 500 },
    )
  })

  test('are the same where rows are told together', () => {
    let together = 0
    const row = fc.uint8Array({ minLength: 2, maxLength: 12 }).map(body => message('D', Buffer.from(body)))
    const rows = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: row },
        session.map(all => Buffer.concat(all)),
      ),
    )
    fc.assert(
      fc.property(rows, cuts, (pieces, places) => {
        const whole = Buffer.concat(pieces)
        const frames = frameReader({ maxBytes: MAX })
        const out: Buffer[] = []
        const receiver = {
          message: (type: number, bytes: Buffer, start: number, end: number) => {
            expect(type).not.toBe(0x44)
            out.push(Buffer.from(bytes.subarray(start, end)))
          },
          rows: (bytes: Buffer, start: number, end: number, count: number) => {
            if (count > 1) together++
            const each = told([bytes.subarray(start, end)])
            expect(each).toHaveLength(count)
            out.push(...each)
          },
        }
        for (const chunk of cut(whole, places)) {
          frames.feed(chunk, receiver)
          expect(frames.buffered + Buffer.concat(out).length).toBeLessThanOrEqual(whole.length)
        }
        expect(out).toEqual(told([whole]))
        expect(frames.buffered).toBe(0)
      }),
      { numRuns: 200 },
    )
    expect(together).toBeGreaterThan(50)
  })

  test.each([
    ['no length', Buffer.from([0x44, 0, 0, 0, 3, 0, 0]), FrameIllegal],
    ['too much length', Buffer.from([0x44, 0, 0, 0x27, 0x10, 0, 0]), FrameTooLong],
    ['no room for columns', Buffer.from([0x44, 0, 0, 0, 5, 0]), undefined],
  ])('a row of %s is not among those told together', (_name, last, thrown) => {
    const row = message('D', Buffer.from([0, 0]))
    const counts: number[] = []
    const frames = frameReader({ maxBytes: MAX })
    const feed = () =>
      frames.feed(Buffer.concat([row, row, last]), {
        message: () => {},
        rows: (_bytes, _start, _end, count) => counts.push(count),
      })
    if (thrown === undefined) feed()
    else expect(feed).toThrow(thrown)
    expect(counts).toEqual(thrown === undefined ? [2, 1] : [2])
  })

  test('pulled one at a time are the ones that are told', () => {
    fc.assert(
      fc.property(session, cuts, (messages, places) => {
        const frames = frameReader({ maxBytes: MAX })
        const out: Buffer[] = []
        let given = 0
        for (const chunk of cut(Buffer.concat(messages), places)) {
          frames.push(chunk)
          given += chunk.length
          for (;;) {
            const ahead = frames.peekType()
            const frame = frames.next()
            expect(ahead).toBe(frame?.type)
            if (frame === undefined) break
            out.push(Buffer.from(frame.bytes.subarray(frame.start, frame.end)))
          }
          expect(frames.buffered).toBe(given - out.reduce((sum, { length }) => sum + length, 0))
        }
        expect(out).toEqual(messages)
      }),
      { numRuns: 500 },
    )
  })

  test('the rest is what was not told', () => {
    const frames = frameReader({ maxBytes: MAX })
    const first = message('Q', Buffer.from('a'))
    for (const chunk of [first, Buffer.from([0x51]), Buffer.from([0, 0])]) frames.push(chunk)
    expect(frames.next()).toMatchObject({ type: 0x51 })
    expect(frames.next()).toBeUndefined()
    expect(frames.rest()).toEqual(Buffer.from([0x51, 0, 0]))
    expect(frames.buffered).toBe(0)
    frames.push(first)
    expect(frames.next()).toMatchObject({ start: 0, end: first.length })
  })
})

describe('bytes that are no messages', () => {
  test('never become any: what is told is what stands there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), cuts, (random, places) => {
        const bytes = Buffer.from(random)
        let out: Buffer[] = []
        try {
          out = told(cut(bytes, places), 64)
        } catch (error) {
          expect([FrameIllegal, FrameTooLong]).toContain((error as Error).constructor)
          return
        }
        const joined = Buffer.concat(out)
        expect(bytes.subarray(0, joined.length)).toEqual(joined)
        for (const one of out) expect(one.readInt32BE(1) + 1).toBe(one.length)
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([0, 1, 3, 0x8000_0000, 0xffff_ffff, MAX])(
    'a length of %d is refused before anything is collected',
    length => {
      for (const at of [1, 3, 5]) {
        const frames = frameReader({ maxBytes: MAX })
        const head = Buffer.from([0x51, 0, 0, 0, 0])
        head.writeUInt32BE(length, 1)
        frames.push(head.subarray(0, at))
        frames.push(head.subarray(at))
        expect(frames.peekType()).toBeUndefined()
        const kind = length < 4 ? FrameIllegal : FrameTooLong
        expect(() => frames.next()).toThrow(kind)
        // What is not legal does not become so by asking again.
        frames.push(Buffer.alloc(20))
        expect(() => frames.next()).toThrow(kind)
      }
    },
  )

  test('a message of exactly the limit passes', () => {
    const whole = message('Q', Buffer.alloc(MAX - 5))
    expect(told([whole])).toEqual([whole])
    expect(() => told([message('Q', Buffer.alloc(MAX - 4))])).toThrow(FrameTooLong)
  })
})

describe('copies', () => {
  test('a message that came whole is not copied', () => {
    const chunk = Buffer.concat([message('Q', Buffer.alloc(9)), message('S', Buffer.alloc(0))])
    const frames = frameReader({ maxBytes: MAX })
    frames.push(chunk)
    expect(frames.next()?.bytes).toBe(chunk)
    expect(frames.next()?.bytes).toBe(chunk)
  })

  test('a message of 50 MB in small chunks is put together once', () => {
    const concat = jest.spyOn(Buffer, 'concat')
    try {
      const size = 50 * 1_024 * 1_024
      const frames = frameReader({ maxBytes: size + 5 })
      const head = Buffer.from([0x44, 0, 0, 0, 0])
      head.writeUInt32BE(size + 4, 1)
      frames.push(head)
      const chunk = Buffer.alloc(16_384, 1)
      let found = 0
      for (let sent = 0; sent < size; sent += chunk.length) {
        frames.push(chunk)
        const frame = frames.next()
        if (frame !== undefined) found += frame.end - frame.start
      }
      expect(found).toBe(size + 5)
      expect(concat).toHaveBeenCalledTimes(1)
      expect(frames.buffered).toBe(0)
    } finally {
      concat.mockRestore()
    }
  })
})

test('packets without a type are cut by their length alone', () => {
  const packet = Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f])
  const frames = frameReader({ maxBytes: 10_000, typed: false })
  for (const byte of packet) frames.push(Buffer.from([byte]))
  const frame = frames.next()
  expect(frame?.bytes.subarray(frame.start, frame.end)).toEqual(packet)
})
