/** Single lines of a trail, read again from where they stood. */
import { type FileHandle, open } from 'node:fs/promises'
import { CardeaError } from '../../errors.js'
import { segment } from '../segment-files.js'
import { decodeLine, lineHash, type TrailEntry } from '../trail-line.js'
import type { Place } from './entries.js'

/** Where a line stood and what it was. */
export interface MarkedPlace extends Place {
  /** SHA-256 of the line, hex. */
  readonly hash: string
}

const WINDOW_BYTES = 65_536

/** Keeps one segment open, and the bytes around the last line, because neighbours are often asked for next. */
export class PlaceReader {
  readonly #directory: string
  #file: { readonly number: number; readonly handle: FileHandle } | undefined
  #window = { segment: 0, offset: 0, bytes: Buffer.alloc(0) }

  constructor(directory: string) {
    this.#directory = directory
  }

  /** @throws CardeaError CARDEA_TRAIL_DAMAGED where the line there is not the one that stood there. */
  async read(place: MarkedPlace): Promise<TrailEntry> {
    const line = await this.line(place)
    if (line !== null) {
      const entry = decodeLine(line)
      if (typeof entry !== 'string') return entry
    }
    throw new CardeaError(
      'CARDEA_TRAIL_DAMAGED',
      `${segment(this.#directory, place.segment).name}: the line at byte ${place.offset} is not the one that was read there before. Run cardea audit verify.`,
    )
  }

  /** The line, or null where another one stands there by now, or none. */
  async line(place: MarkedPlace): Promise<Buffer | null> {
    const bytes = await this.#bytes(place)
    return bytes.length === place.bytes && lineHash(bytes) === place.hash ? bytes : null
  }

  async close(): Promise<void> {
    await this.#file?.handle.close()
    this.#file = undefined
  }

  async #bytes(place: Place): Promise<Buffer> {
    const inside = this.#inWindow(place)
    if (inside !== null) return inside
    const handle = await this.#open(place.segment)
    if (handle === null) return Buffer.alloc(0)
    const window = Buffer.allocUnsafe(Math.max(WINDOW_BYTES, place.bytes))
    const { bytesRead } = await handle.read(window, 0, window.length, place.offset)
    this.#window = { segment: place.segment, offset: place.offset, bytes: window.subarray(0, bytesRead) }
    return this.#inWindow(place) ?? Buffer.alloc(0)
  }

  #inWindow({ bytes, offset, segment }: Place): Buffer | null {
    const start = offset - this.#window.offset
    const known = this.#window.segment === segment && start >= 0 && start + bytes <= this.#window.bytes.length
    return known ? this.#window.bytes.subarray(start, start + bytes) : null
  }

  async #open(number: number): Promise<FileHandle | null> {
    if (this.#file?.number === number) return this.#file.handle
    await this.close()
    const handle = await open(segment(this.#directory, number).path, 'r').catch(() => null)
    if (handle !== null) this.#file = { number, handle }
    return handle
  }
}
