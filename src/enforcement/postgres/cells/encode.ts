export function encodeCell(
  _type: number,
  _format: 'text' | 'binary',
  value: unknown,
  _cell?: Buffer,
): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : null
}
