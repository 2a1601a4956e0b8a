import { expect } from '@jest/globals'
import type { ScanReport } from '../../src/profiling/report.js'
import { cardNumber, seeded, times } from '../profiling/kit.js'
import { cardea } from './support.js'

/** Card numbers of two brands, different ones, the same at every run. */
export function cards(count: number, seed = 3): string[] {
  const random = seeded(seed)
  return times(count, at => cardNumber(at % 2 === 0 ? '4' : '52', 16, random))
}

/** The report, after looking that nothing printed holds nine digits of a number in a row. */
export async function scanned(
  url: string,
  ...options: readonly string[]
): Promise<{ code: number; report: ScanReport; err: string }> {
  const { code, out, err } = await cardea('scan', url, '--json', ...options)
  expectNoNumber(out + err)
  return { code, report: JSON.parse(out), err }
}

/** Nine digits in a row would be most of a card number. The test's own databases have random names. */
export function expectNoNumber(text: string): void {
  expect(text.replace(/cardea_test_[\da-f]+/g, '')).not.toMatch(/\d{9}/)
}

/** `schema.relation.column` → verdict, with the label where a person has to look. */
export function verdicts({ found }: ScanReport): Record<string, string> {
  return Object.fromEntries(
    found.map(({ schema, relation, column, verdict, label }) => [
      [schema, relation, column].join('.'),
      verdict === 'ambiguous' ? `${label}?` : label,
    ]),
  )
}
