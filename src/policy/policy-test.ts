import type { ColumnMask } from '../model/decision.js'
import type { Explanation } from '../model/governor.js'
import { isRefusal, type Refusal } from '../model/refusal.js'
import { type PolicyTestCase, parsePolicyTests } from './test-cases.js'

/** How one case ended: no differences, or what was other than expected, in words. */
export interface PolicyTestResult {
  readonly name: string
  readonly passed: boolean
  readonly differences: readonly string[]
}

export interface PolicyTestReport {
  readonly passed: boolean
  readonly results: readonly PolicyTestResult[]
}

export interface PolicyTestOptions {
  /** Named in messages about the file itself. Default `policy.test.yaml`. */
  readonly file?: string
  /** Judges one case without running it: `Governor.explain` over a submission made of the case. */
  evaluate(testCase: PolicyTestCase): Promise<Explanation | Refusal>
}

/**
 * Runs a file of expected verdicts (YAML text). `expect` must hold for each; `rule` and `columns`
 * (output name → mask) where a case states them. A case that cannot be judged fails.
 *
 * @throws PolicyInvalidError where the file is not valid.
 */
export async function runPolicyTests(text: string, options: PolicyTestOptions): Promise<PolicyTestReport> {
  const cases = parsePolicyTests(text, options.file ?? 'policy.test.yaml')
  const results: PolicyTestResult[] = []
  for (const [index, testCase] of cases.entries()) {
    const differences = await judged(testCase, options)
    results.push({
      name: testCase.name ?? `case ${index + 1}`,
      passed: differences.length === 0,
      differences,
    })
  }
  return { passed: results.every(result => result.passed), results }
}

async function judged(testCase: PolicyTestCase, options: PolicyTestOptions): Promise<readonly string[]> {
  try {
    const found = await options.evaluate(testCase)
    return isRefusal(found)
      ? [`refused before the policy was asked: ${found.reason}`]
      : differences(testCase, found)
  } catch (error) {
    return [`could not be judged: ${error instanceof Error ? error.message : 'unknown failure'}`]
  }
}

function differences(expected: PolicyTestCase, { decision, facts }: Explanation): string[] {
  const found: string[] = []
  if (decision.effect !== expected.expect) {
    found.push(
      `expected ${expected.expect}, got ${decision.effect} by rule ${decision.rule}: ${decision.reason}`,
    )
  }
  if (expected.rule !== undefined && decision.rule !== expected.rule) {
    found.push(`expected rule ${expected.rule}, got ${decision.rule}`)
  }
  const { mask } = decision.obligations
  const names = facts.analyzable ? facts.output.map(column => column.name) : []
  for (const [name, method] of Object.entries(expected.columns ?? {})) {
    const masks = Array.isArray(mask) ? masksNamed(mask, names, name) : []
    if (masks.length === 0) found.push(`expected column ${name} to be ${method}, but it is not in the output`)
    for (const actual of masks) {
      if (actual.method !== method)
        found.push(`expected column ${name} to be ${method}, got ${actual.method}`)
    }
  }
  return found
}

function masksNamed(masks: readonly ColumnMask[], names: readonly string[], wanted: string): ColumnMask[] {
  return masks.filter((_, index) => names[index] === wanted)
}
