import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { ConfigurationError, PolicyInvalidError } from '../../errors.js'
import type { Submission } from '../../model/submission.js'
import { loadPolicy } from '../../policy/load.js'
import { policySchemaJson } from '../../policy/policy-schema-json.js'
import { type PolicyTestReport, runPolicyTests } from '../../policy/policy-test.js'
import type { PolicyTestCase } from '../../policy/test-cases.js'
import type { Console } from '../console.js'
import { DOES_NOT_HOLD, Exit } from '../exit.js'
import { type Judge, withJudge } from '../judge.js'

interface TestOptions {
  readonly policy: string
  readonly schema?: string
  readonly url?: string
  readonly dataSource: string
  readonly environment: string
  readonly json?: true
}

/** `cardea policy check | test | schema`. */
export function addPolicy(program: Command, console: Console): void {
  const policy = program.command('policy').description('check and test a policy')
  policy
    .command('check')
    .description('validate a policy file and print its hash')
    .argument('<file>', 'the policy')
    .option('--json', 'print as JSON')
    .action((file: string, options: { json?: true }) => check(console, file, options.json === true))
  policy
    .command('test')
    .description('compare the verdicts expected in a test file with those of the policy')
    .argument('<file>', 'the test file')
    .requiredOption('--policy <file>', 'the policy')
    .option('--schema <file>', 'a schema file (cardea schema dump), or')
    .option('--url <url>', 'the live database to read the schema from')
    .option('--data-source <id>', 'the data source that the statements are meant for', 'default')
    .option('--environment <name>', 'its environment', 'production')
    .option('--json', 'print the report as JSON')
    .action((file: string, options: TestOptions) => test(console, file, options))
  policy
    .command('schema')
    .description('print the JSON Schema of policy files, for editors')
    .action(() => console.print(policySchemaJson().trimEnd()))
}

async function check(console: Console, file: string, json: boolean): Promise<void> {
  const policy = await loadPolicy(file).catch((error: unknown) => {
    throw error instanceof PolicyInvalidError ? new Exit(DOES_NOT_HOLD, error.message) : error
  })
  const { hash, rules, labels, exceptions, unmask } = policy
  if (json) {
    console.json({ file, valid: true, hash })
    return
  }
  console.print(
    `${file} is valid`,
    `  hash ${hash}`,
    `  ${policy.extends ?? 'no preset'}, ${rules.length} rules, ${exceptions.length} exceptions, ` +
      `${unmask.length} unmask rules, ${labels.length} label rules`,
  )
}

async function test(console: Console, file: string, options: TestOptions): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new ConfigurationError(`The test file ${file} cannot be read. Check the path and its permissions.`)
  })
  await withJudge(options, console.clock, console, async judge => {
    const report = await runPolicyTests(text, {
      file: basename(file),
      evaluate: testCase => judge.governor.explain(submission(testCase, options, judge)),
    })
    if (options.json === true) console.json(report)
    else console.print(...reportLines(report))
    if (!report.passed) console.exit(DOES_NOT_HOLD)
  })
}

function submission(testCase: PolicyTestCase, options: TestOptions, { dialect }: Judge): Submission {
  const { subject, issuer, kind, roles, groups } = testCase.as
  return {
    statement: testCase.sql,
    bindings: testCase.bindings,
    dialect,
    credentials: {
      kind: 'asserted',
      principal: { subject, issuer, roles, groups, ...(kind === undefined ? {} : { kind }) },
    },
    ...(testCase.agent === undefined ? {} : { agent: testCase.agent }),
    session: 'policy test',
    dataSource: { id: options.dataSource, environment: options.environment },
    point: 'explain',
    issuer: 'caller',
    origination: 'cardea policy test',
  }
}

function reportLines({ results }: PolicyTestReport): readonly string[] {
  const failed = results.filter(result => !result.passed)
  return [
    ...results.flatMap(({ name, passed, differences }) => [
      `${passed ? 'ok    ' : 'FAILED'} ${name}`,
      ...differences.map(difference => `         ${difference}`),
    ]),
    '',
    `${results.length} cases, ${failed.length} failed`,
  ]
}
