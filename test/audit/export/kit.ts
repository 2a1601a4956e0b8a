/** Whatever a search can find, and a reader of what formats write. */
import { expect } from '@jest/globals'
import fc from 'fast-check'
import type { Exported, ExportName } from '../../../src/audit/export/export-format.js'
import { exportFormats } from '../../../src/audit/export/export-formats.js'
import { EVENTS } from '../../../src/audit/schema/events.js'
import type { Found } from '../../../src/audit/search.js'
import type { LifecycleEvent } from '../../../src/model/record.js'
import { outcome, said, statement, text, time } from '../records/arbitrary.js'

export type Asked = Found & { kind: 'statement' }
export type Happened = Found & { kind: 'event' }

const seq = fc.integer({ min: 1 })

export const asked: fc.Arbitrary<Asked> = fc
  .record(
    { id: text, time, seq, statement, outcome, endedAt: time },
    { requiredKeys: ['id', 'time', 'seq', 'statement'] },
  )
  .map(members => ({ kind: 'statement', ...members }) as Asked)

export const happened: fc.Arbitrary<Happened> = fc
  .record({
    seq,
    record: fc.record({
      event: fc.constantFrom(...(Object.keys(EVENTS) as LifecycleEvent[])),
      phase: fc.constant('single' as const),
      id: text,
      time,
      detail: said,
    }),
  })
  .map(members => ({ kind: 'event', ...members }))

export const trail = fc.oneof(fc.constant(''), fc.constant('worker-1'), text)

export const exported: fc.Arbitrary<Exported> = fc.record({ found: fc.oneof(asked, happened), trail })

export const formats = exportFormats('0.1.0')

/** The lines of a format, which are whole and hide nothing. */
export function linesOf(name: ExportName, of: Exported): string[] {
  const written = formats[name].lines(of)
  expect(written).toMatch(/\n$/)
  expect(Buffer.from(written).toString()).toBe(written)
  const lines = written.slice(0, -1).split('\n')
  for (const line of lines) {
    expect(line.replace(/\r$/, '')).not.toMatch(/\p{Cc}|[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u)
  }
  return lines
}

/** A text as formats show it whose escapes are not JSON's: control and hidden characters are words. */
export function shown(value: string): string {
  return value.replace(/\p{Cc}|\p{Cs}|[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu, found =>
    found === '\n' || found === '\r' ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Whose other hidden characters `shown` does not know. */
export function isShowable(value: string): boolean {
  return !/\p{Default_Ignorable_Code_Point}|[\ufff0-\uffff]/u.test(value.replace(KNOWN, ''))
}

const KNOWN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g
