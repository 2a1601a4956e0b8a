/**
 * A scripted agent against a governed PostgreSQL, scene by scene. Every answer on the screen comes
 * from the running database through the same pipeline that production uses.
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type ApprovalCallback,
  CardeaError,
  fileTrail,
  GovernedConnection,
  loadPolicy,
  terminalApproval,
} from 'cardea'
import knexFactory from 'knex'
import { startDatabase } from '../support/database.js'
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

async function main(): Promise<void> {
  say(bold('Cardea: an AI agent, a production database, and the hinge between them'))
  say(dim('Starting a private PostgreSQL and seeding customers, cards and payments …'))
  const database = await startDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'cardea-demo-'))
  const knex = knexFactory({ client: 'pg', connection: database.connection, pool: { min: 0, max: 4 } })
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

    /** One scene: what the agent sends, what was decided and why, what came back. */
    const play = async (sql: string): Promise<void> => {
      say()
      field('SQL', sql)
      const why = await governed.explain(sql, [], alice, { agent, session: 'demo' })
      const paint = { allow: green, require_approval: yellow, deny: red }[why.decision.effect]
      field('decision', `${paint(why.decision.effect)}  rule ${bold(why.decision.rule)}`)
      field('why', why.decision.reason)
      try {
        const result = await db.raw(sql)
        if (result.command === 'SELECT') table(result.rows)
        else field('result', `${result.command} ${result.rowCount}`)
      } catch (error) {
        if (!(error instanceof CardeaError)) throw error
        field('refused', `${red(error.code)} ${dim('(nothing left the database)')}`)
      }
    }

    scene(1, 'An ordinary report')
    await play(`select c.brand, count(*) as payments, sum(p.amount) as total
                from payments p join cards c on c.id = p.card_id group by c.brand order by total desc`)
    await play('select id, amount, note from payments where id between 3 and 5 order by id')
    say(
      `            ${dim('payment 3: a clerk typed a card number into a note; the net under lineage caught it')}`,
    )

    scene(2, 'Everything about the cards')
    await play('select * from cards')
    await play(`select k.brand, t.cvv from cards k join terminal_captures t on t.card_id = k.id`)

    scene(3, 'Attempts at the number itself')
    await play('select brand as b, pan as order_reference from cards order by id')
    await play(`select brand, reverse(pan) as x, substr(pan, 1, 9) || '-' || right(pan, 7) as y from cards`)

    scene(4, 'A bulk delete')
    await play('delete from payments')

    scene(5, 'A single-row update')
    askYou = interactive
    if (interactive) say(dim('  You are bob@corp.example now, and you decide.'))
    await play(`update payments set status = 'refunded' where id = 3`)

    await governed.close()
    scene(6, 'The proof')
    const whole = await proveTheTrail(join(directory, 'audit'), join(directory, 'tampered'))
    say()
    say(`The trail is in ${bold(join(directory, 'audit'))}`)
    say('Look into it:     npx cardea audit tail <directory>')
    say('Read next:        docs/policy.md, docs/architecture.md, docs/threat-model.md')
    if (!whole) process.exitCode = 1
  } finally {
    await you.close?.()
    await knex.destroy()
    await database.stop()
  }
}

await main()
