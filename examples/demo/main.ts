/**
 * A scripted agent against a governed database, scene by scene. Every answer on the screen comes from
 * the running database through the same pipeline that production uses.
 *
 * npm run demo [-- --engine postgres|mysql|sqlite]
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type ApprovalCallback,
  CardeaError,
  fileTrail,
  GovernedConnection,
  loadPolicy,
  terminalApproval,
} from 'cardea'
import knexFactory, { type Knex } from 'knex'
import { type Engine, startDatabase } from '../support/database.js'
import { bold, dim, field, green, red, say, scene, table, yellow } from './screen.js'
import { seed } from './seed.js'
import { proveTheTrail } from './tamper.js'

const agent = { framework: 'autogen', id: 'billing-bot', claimedReason: 'weekly card report' }
const alice = { subject: 'alice@corp.example', issuer: 'https://login.corp.example', roles: ['support'] }
const bob = { subject: 'bob@corp.example', issuer: 'https://login.corp.example', kind: 'human' as const }

const scripted: ApprovalCallback = async request => {
  field('approval', `${yellow('asked')}: ${request.reason}`)
  field('', dim('a scripted approver answers: bob@corp.example approves'))
  return { decision: 'approved', approver: bob, reason: 'scripted answer of the demo' }
}

const NAMES: Readonly<Record<Engine, string>> = { postgres: 'PostgreSQL', mysql: 'MariaDB', sqlite: 'SQLite' }

/** The number in disguise, in what each engine has for it. */
const DISGUISES: Readonly<Record<Engine, string>> = {
  postgres: `select brand, reverse(pan) as x, substr(pan, 1, 9) || '-' || right(pan, 7) as y from cards`,
  mysql: `select brand, reverse(pan) as x, concat(substr(pan, 1, 9), '-', right(pan, 7)) as y from cards`,
  sqlite: `select brand, hex(pan) as x, substr(pan, 1, 9) || '-' || substr(pan, -7) as y from cards`,
}

function chosenEngine(): Engine {
  const { engine } = parseArgs({ options: { engine: { type: 'string', default: 'postgres' } } }).values
  if (engine === 'postgres' || engine === 'mysql' || engine === 'sqlite') return engine
  throw new Error('--engine must be postgres, mysql or sqlite.')
}

type Answer = Awaited<Knex.Raw>
type Effect = 'allow' | 'deny' | 'require_approval'

/** What came back, which each driver puts elsewhere: rows, or how many were written. */
function answerOf(engine: Engine, result: Answer): readonly Record<string, unknown>[] | number {
  const answer = engine === 'mysql' && Array.isArray(result) ? result[0] : result
  if (Array.isArray(answer)) return answer
  const { command, rows, rowCount, affectedRows, changes } = answer
  return command === 'SELECT' ? rows : Number(rowCount ?? affectedRows ?? changes)
}

async function main(): Promise<void> {
  const engine = chosenEngine()
  say(bold('Cardea: an AI agent, a production database, and the hinge between them'))
  say(dim(`Starting a private ${NAMES[engine]} and seeding customers, cards and payments …`))
  const database = await startDatabase(engine)
  const directory = await mkdtemp(join(tmpdir(), 'cardea-demo-'))
  const knex = knexFactory({ ...database.config, pool: { min: 0, max: 4 } })
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true
  const you = terminalApproval({ approver: bob })
  let askYou = false
  try {
    await seed(knex)
    const governed = await GovernedConnection.wrap(knex, {
      policy: await loadPolicy(resolve('examples/demo/policy.yaml')),
      approval: (request, context) => (askYou ? you.request(request, context) : scripted(request, context)),
      audit: fileTrail({ directory: join(directory, 'audit') }),
      dataSource: { id: 'billing', environment: 'production' },
    })
    const db = governed.as(alice, { agent, session: 'demo' })

    let asTold = true
    /** One scene: what the agent sends, what was decided and why, what came back. */
    const play = async (sql: string, expected: Effect): Promise<void> => {
      say()
      field('SQL', sql)
      const why = await governed.explain(sql, [], alice, { agent, session: 'demo' })
      const paint = { allow: green, require_approval: yellow, deny: red }[why.decision.effect]
      field('decision', `${paint(why.decision.effect)}  rule ${bold(why.decision.rule)}`)
      field('why', why.decision.reason)
      asTold &&= why.decision.effect === expected
      try {
        const answer = answerOf(engine, await db.raw(sql))
        if (typeof answer === 'number') field('result', `${answer} row${answer === 1 ? '' : 's'} written`)
        else table(answer)
      } catch (error) {
        if (!(error instanceof CardeaError)) throw error
        field('refused', `${red(error.code)} ${dim('(nothing left the database)')}`)
      }
    }

    scene(1, 'An ordinary report')
    await play(
      `select c.brand, count(*) as payments, sum(p.amount) as total
                from payments p join cards c on c.id = p.card_id group by c.brand order by total desc`,
      'allow',
    )
    await play('select id, amount, note from payments where id between 3 and 5 order by id', 'allow')
    say(
      `            ${dim('payment 3: a clerk typed a card number into a note; the net under lineage caught it')}`,
    )

    scene(2, 'Everything about the cards')
    await play('select * from cards', 'require_approval')
    await play(`select k.brand, t.cvv from cards k join terminal_captures t on t.card_id = k.id`, 'deny')

    scene(3, 'Attempts at the number itself')
    await play('select brand as b, pan as order_reference from cards order by id', 'require_approval')
    await play(DISGUISES[engine], 'require_approval')

    scene(4, 'A bulk delete')
    await play('delete from payments', 'deny')

    scene(5, 'A single-row update')
    askYou = interactive
    if (interactive) say(dim('  You are bob@corp.example now, and you decide.'))
    await play(`update payments set status = 'refunded' where id = 3`, 'require_approval')

    await governed.close()
    scene(6, 'The proof')
    const whole = await proveTheTrail(join(directory, 'audit'), join(directory, 'tampered'))
    say()
    say(`The trail is in ${bold(join(directory, 'audit'))}`)
    say('Look into it:     npx cardea audit tail <directory>')
    say('Read next:        docs/policy.md, docs/architecture.md, docs/threat-model.md')
    if (!whole || !asTold) process.exitCode = 1
  } finally {
    await you.close?.()
    await knex.destroy()
    await database.stop()
  }
}

await main()
