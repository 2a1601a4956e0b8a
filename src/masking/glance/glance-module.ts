/** The look itself, in WebAssembly: glance.as is its source. */
import { MODULE } from './module.data.js'
import { TABLES } from './tables.js'

/** Places in the module's memory, as glance.as has them. */
const CELLS = 16_384
const TEXT = 32_768
export const TEXT_BYTES = 131_072
/** Cells that are looked at together, at most. */
export const MOST_CELLS = (TEXT - CELLS) / 8

/** Its memory, and what it does with it. */
export interface GlanceModule {
  /** What is looked at. */
  readonly text: Buffer
  /** Where each cell begins and ends in `text`; after a look, the numbers of those that have to be looked at. */
  readonly cells: Int32Array
  /** Looks at cells of ASCII or UTF-8. @returns how many have to be looked at. */
  bytes(count: number): number
  /** Looks at cells of so many code units of UTF-16. @returns how many have to be looked at. */
  utf16(count: number, length: number): number
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  bytes(count: number): number
  utf16(count: number, length: number): number
}

/** As much of it as is used: the compiler knows it only together with all of the browser. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

const COMPILED = new WebAssembly.Module(Buffer.from(MODULE, 'base64'))

export function glanceModule(): GlanceModule {
  const { memory, bytes, utf16 } = new WebAssembly.Instance(COMPILED).exports as Exports
  const { buffer } = memory
  new Uint8Array(buffer).set(TABLES)
  return {
    text: Buffer.from(buffer, TEXT, TEXT_BYTES),
    cells: new Int32Array(buffer, CELLS, 2 * MOST_CELLS),
    bytes,
    utf16,
  }
}
