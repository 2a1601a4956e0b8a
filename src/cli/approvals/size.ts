import type { CliTerminal } from '../console.js'

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** A terminal that does not know its size says 0; then it is taken for the smallest usual one. */
export function sizeOf({ output }: CliTerminal): Size {
  return {
    columns: output.columns > 0 ? output.columns : 80,
    rows: output.rows > 0 ? output.rows : 24,
  }
}
