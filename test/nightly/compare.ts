/** Two runs of one suite side by side, and what of their difference was foreseen. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Results } from './suite.js'

/** Reasons, each with the tests that it explains: whole names, or with one `*` at the end. */
export type Expected = readonly {
  readonly reason: string
  readonly tests: readonly string[]
  /** It depends on the machine whether they differ. */
  readonly sometimes?: boolean
}[]

export interface Difference {
  readonly test: string
  readonly direct: string
  readonly gateway: string
  readonly detail: string
  /** Absent: nobody foresaw it. */
  readonly reason?: string
}

export interface Comparison {
  readonly passedDirect: number
  readonly passedGateway: number
  readonly tests: number
  readonly differences: readonly Difference[]
  /** What was expected to differ and does not: the list is out of date. */
  readonly outdated: readonly string[]
}

export function compare(direct: Results, gateway: Results, expected: Expected): Comparison {
  const names = new Set([...direct.keys(), ...gateway.keys()])
  const used = new Set<string>()
  const differences: Difference[] = []
  for (const test of names) {
    const [one, other] = [direct.get(test), gateway.get(test)]
    if (one?.verdict === other?.verdict && one?.told === other?.told) continue
    const found = reasonFor(test, expected)
    if (found !== undefined) used.add(found.pattern)
    differences.push({
      test,
      direct: one?.verdict ?? 'absent',
      gateway: other?.verdict ?? 'absent',
      detail: other?.detail ?? one?.detail ?? firstDifference(one?.told ?? '', other?.told ?? ''),
      ...(found === undefined ? {} : { reason: found.reason }),
    })
  }
  return {
    passedDirect: passed(direct),
    passedGateway:
      passed(gateway) -
      differences.filter(each => each.direct === 'passed' && each.gateway === 'passed').length,
    tests: names.size,
    differences,
    outdated: expected
      .flatMap(({ tests, sometimes }) => (sometimes === true ? [] : tests))
      .filter(pattern => !used.has(pattern)),
  }
}

/** Reads `expected/<suite>.json`; a suite without one is expected not to differ. */
export function expectedOf(suite: string): Expected {
  const file = fileURLToPath(new URL(`expected/${suite}.json`, import.meta.url))
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Expected) : []
}

function firstDifference(direct: string, gateway: string): string {
  const lines = gateway.split('\n')
  const at = direct.split('\n').findIndex((line, index) => line !== lines[index])
  return `${direct.split('\n')[at] ?? ''} | ${lines[at] ?? ''}`
}

function passed(results: Results): number {
  return [...results.values()].filter(({ verdict }) => verdict === 'passed').length
}

function reasonFor(test: string, expected: Expected): { reason: string; pattern: string } | undefined {
  for (const { reason, tests } of expected) {
    const pattern = tests.find(each =>
      each.endsWith('*') ? test.startsWith(each.slice(0, -1)) : test === each,
    )
    if (pattern !== undefined) return { reason, pattern }
  }
  return undefined
}
