/** Runs pytest and reads its report. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from './call.js'
import type { Result, Results, Route } from './suite.js'

/** What its environment needs. */
export const PYTEST: readonly string[] = ['pytest==8.4.2', 'pytest-timeout==2.4.0']

export interface PytestOptions {
  readonly python: string
  readonly cwd: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

/** @throws Error where pytest did not come to its end. */
export async function pytest(route: Route, options: PytestOptions): Promise<Results> {
  const report = join(route.scratch, 'report.xml')
  const cache = join(route.scratch, 'pytest')
  const args = [
    '-m',
    'pytest',
    '-q',
    '--tb=short',
    '--timeout=60',
    '-o',
    `cache_dir=${cache}`,
    `--junitxml=${report}`,
  ]
  const { status, output } = await call(options.python, [...args, ...options.args], {
    cwd: options.cwd,
    env: { PYTHONDONTWRITEBYTECODE: '1', ...options.env },
    timeoutMs: options.timeoutMs ?? 600_000,
  })
  if (!existsSync(report)) throw new Error(`pytest ended with ${status}:\n${output.slice(-4000)}`)
  return parseReport(readFileSync(report, 'utf8'))
}

/** The results in a report in JUnit's format. */
export function parseReport(xml: string): Map<string, Result> {
  const results = new Map<string, Result>()
  const cases = /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g
  for (const [, attributes = '', body = ''] of xml.matchAll(cases)) {
    const name = `${attribute(attributes, 'classname')}::${attribute(attributes, 'name')}`
    results.set(name, resultOf(body))
  }
  return results
}

function resultOf(body: string): Result {
  const [, kind, attributes = ''] = /<(failure|error|skipped)\b([^>]*)>/.exec(body) ?? []
  if (kind === undefined) return { verdict: 'passed' }
  if (kind === 'skipped') return { verdict: 'skipped' }
  return { verdict: 'failed', detail: attribute(attributes, 'message').slice(0, 300) }
}

function attribute(attributes: string, name: string): string {
  const [, value = ''] = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes) ?? []
  return value
    .replace(/&#(?:x([0-9a-f]+)|(\d+));/gi, (_, hex?: string, decimal?: string) =>
      String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)),
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
