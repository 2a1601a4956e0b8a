import type { Command } from 'commander'
import { Option } from 'commander'
import { refusedError } from '../../errors.js'
import type { Effect } from '../../model/decision.js'
import type { Principal } from '../../model/principal.js'
import { isRefusal } from '../../model/refusal.js'
import type { Submission } from '../../model/submission.js'
import { explainText } from '../../policy/explain-text.js'
import type { Console } from '../console.js'
import { withJudge } from '../judge.js'
import { collect, instant } from '../options.js'

interface ExplainOptions {
  readonly policy: string
  readonly schema?: string
  readonly url?: string
  readonly binding: readonly string[]
  readonly subject: string
  readonly issuer: string
  readonly kind: NonNullable<Principal['kind']>
  readonly role: readonly string[]
  readonly group: readonly string[]
  readonly agent?: string
  readonly dataSource: string
  readonly environment: string
  readonly at?: number
  readonly json?: true
}

const EXIT: Readonly<Record<Effect, number>> = { allow: 0, require_approval: 3, deny: 4 }

/** `cardea explain`: what the pipeline would decide, and why, without running anything. */
export function addExplain(program: Command, console: Console): void {
  program
    .command('explain')
    .description('say what would happen to a statement, and why; nothing is run')
    .argument('<sql>', 'one statement')
    .requiredOption('--policy <file>', 'the policy')
    .option('--schema <file>', 'a schema file (cardea schema dump), or')
    .option('--url <url>', 'the live database to read the schema from')
    .option('--binding <value>', 'a bound value, once per placeholder', collect, [])
    .option('--subject <name>', 'who asks', 'someone')
    .option('--issuer <name>', 'who vouches for the subject', 'cardea explain')
    .addOption(
      new Option('--kind <kind>', 'what the principal is')
        .choices(['human', 'service', 'agent'])
        .default('human'),
    )
    .option('--role <name>', 'a role of the principal; repeat for more', collect, [])
    .option('--group <name>', 'a group of the principal; repeat for more', collect, [])
    .option('--agent <id>', 'the agent that hands the statement in')
    .option('--data-source <id>', 'the data source', 'default')
    .option('--environment <name>', 'its environment', 'production')
    .option('--at <instant>', 'the time to judge at, such as 2026-12-18T09:00:00Z; default now', instant)
    .option('--json', 'print facts and decision as JSON')
    .action((sql: string, options: ExplainOptions) => explain(console, sql, options))
}

async function explain(console: Console, sql: string, options: ExplainOptions): Promise<void> {
  const { at } = options
  const clock = at === undefined ? console.clock : { ...console.clock, now: () => at }
  await withJudge(options, clock, console, async judge => {
    const explanation = await judge.governor.explain(submission(sql, options, judge.dialect))
    if (isRefusal(explanation)) throw refusedError(explanation)
    if (options.json === true) console.json(explanation)
    else console.print(...explainText(explanation))
    console.exit(EXIT[explanation.decision.effect])
  })
}

function submission(sql: string, options: ExplainOptions, dialect: Submission['dialect']): Submission {
  const { subject, issuer, kind, role: roles, group: groups, agent } = options
  return {
    statement: sql,
    bindings: options.binding,
    dialect,
    credentials: { kind: 'asserted', principal: { subject, issuer, kind, roles, groups } },
    ...(agent === undefined ? {} : { agent: { framework: 'cardea explain', id: agent } }),
    session: 'explain',
    dataSource: { id: options.dataSource, environment: options.environment },
    point: 'explain',
    issuer: 'caller',
    origination: 'cardea explain',
  }
}
