/** What the glance goes by, made from what the detectors go by. Places are those of glance.as. */
import { SIGNS } from '../detectors/code-names.js'
import { BRAND_RANGES } from '../detectors/pan/brands.data.js'
import { KIND, SHORTEST } from '../detectors/pan/digit-run.js'
import { SHORTEST_GLUED } from '../detectors/pan/glued.js'

const CLASSES = 256
const NAMES = 288
const GLUED = 440
const LENGTHS = 448
const SIZE = 16_384
/** Of a table by halves of a character: bits by its lower half, then by its upper half. */
const HALF = 16
const PLACES = 3

/** Bit, upper halves, lower halves: characters of the one with the other are of the class. */
const OF_CLASSES: readonly (readonly [bit: number, upper: readonly number[], lower: readonly number[]])[] = [
  // Digits.
  [0x80, [0x3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  // What begins an escape, and the caret of track 1: `%&`, `<=`, `\^`.
  [0x01, [0x2], [0x5, 0x6]],
  [0x02, [0x3], [0xc, 0xd]],
  [0x04, [0x5], [0xc, 0xe]],
  // DEL.
  [0x08, [0x7], [0xf]],
  // Letters that no digit is spelled with: `a` to `d`, `j` to `m`; `p`, `q`, `y`.
  [0x10, [0x4, 0x6], [0x1, 0x2, 0x3, 0x4, 0xa, 0xb, 0xc, 0xd]],
  [0x20, [0x5, 0x7], [0x0, 0x1, 0x9]],
]

/** The beginning of the module's memory. */
export const TABLES: Uint8Array = tables()

function tables(): Uint8Array {
  const memory = new Uint8Array(SIZE)
  memory.set(KIND)
  memory[GLUED] = SHORTEST_GLUED
  for (const [bit, upper, lower] of OF_CLASSES) {
    for (const half of lower) add(memory, CLASSES + half, bit)
    for (const half of upper) add(memory, CLASSES + HALF + half, bit)
  }
  // More signs than bits share them, and are found in too many texts rather than too few.
  for (const [i, sign] of SIGNS.entries())
    for (let at = 0; at < PLACES; at++) name(memory, at, sign[at], i % 8)
  for (const { from, to, lengths } of BRAND_RANGES) {
    const bits = lengths.reduce((all, length) => all | (1 << (length - SHORTEST)), 0)
    for (let four = Math.floor(from / 100); four <= Math.floor(to / 100); four++)
      add(memory, LENGTHS + four, bits)
  }
  return memory
}

/** @param letters that may stand there, in either case; a dot, or nothing, is any. */
function name(memory: Uint8Array, at: number, letters = '.', bit: number): void {
  const table = NAMES + 2 * HALF * at
  for (let code = 0; code < 0x80; code++) {
    if (letters !== '.' && !letters.includes(String.fromCharCode(code).toLowerCase())) continue
    add(memory, table + (code & 0xf), 1 << bit)
    add(memory, table + HALF + (code >> 4), 1 << bit)
  }
}

function add(memory: Uint8Array, at: number, bits: number): void {
  memory[at] = (memory[at] as number) | bits
}
