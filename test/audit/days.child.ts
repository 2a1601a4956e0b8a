/** Days in the time zone of TZ, which a process is born with: how many are of UTC, and which of them are not as read. */
import { isUtcDay } from '../../src/audit/encoded-cells.js'
import { isoDate } from '../../src/audit/plain-value.js'
import { decodeCell } from '../../src/enforcement/postgres/cells/decode.js'

const DAY_MS = 86_400_000
const wrong: string[] = []
let found = 0

function look(text: string): void {
  const bytes = Buffer.from(text)
  if (!isUtcDay(bytes, 0, bytes.length)) return
  found++
  const value = decodeCell(1082, 'text', bytes)
  if (!(value instanceof Date) || isoDate(value) !== `${text}T00:00:00.000Z`) wrong.push(text)
}

const from = Date.UTC(1000, 0, 1)
for (let at = from; at < Date.UTC(2500, 0, 1); at += 7 * DAY_MS) look(new Date(at).toISOString().slice(0, 10))
for (let at = Date.UTC(1900, 0, 1); at < Date.UTC(2040, 0, 1); at += DAY_MS)
  look(new Date(at).toISOString().slice(0, 10))

process.stdout.write(JSON.stringify({ found, wrong: wrong.slice(0, 5) }))
