import type { Command } from 'commander'
import type { Console } from '../console.js'
import { COULD_NOT, Exit } from '../exit.js'
import { reasonIn, recordedBy, withSessionDesk, withSessions } from '../sessions/session-desk.js'
import { sessionLine, sessionShown } from '../sessions/session-lines.js'
import { type DeskOptions, deskOptions, recorded, storeOption } from './agent-desk.js'

interface ListOptions {
  readonly store: string
  readonly json?: true
}

interface KillOptions extends DeskOptions {
  readonly reason: string
}

/** `cardea sessions list | kill`: connections that clients of the gateway keep open, in every process. */
export function addSessions(program: Command, console: Console): void {
  const sessions = program.command('sessions').description('list and end open sessions of the gateway')
  storeOption(sessions.command('list'))
    .description('list the sessions of every gateway on the store')
    .option('--json', 'print the list as JSON')
    .action((options: ListOptions) => list(console, options))
  deskOptions(sessions.command('kill'))
    .description('end one session at once; what it runs is rolled back')
    .argument('<id>', 'as cardea sessions list shows it')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, options: KillOptions) => kill(console, id, options))
}

async function list(console: Console, { store: url, json }: ListOptions): Promise<void> {
  const { SILENT_MS } = await import('../../gateway/sessions/roster.js')
  const now = console.clock.now()
  const rows = await withSessions(url, sessions => sessions.list(now - SILENT_MS))
  if (json === true) console.json(rows.map(sessionShown))
  else console.print(...rows.map(row => sessionLine(row, now)))
  console.note(`${rows.length} sessions`)
}

async function kill(console: Console, id: string, options: KillOptions): Promise<void> {
  const why = reasonIn(options)
  await withSessionDesk(console, options, async ({ sessions, operator, note }) => {
    if (!(await sessions.kill({ id, by: recordedBy(operator), why }))) {
      throw new Exit(COULD_NOT, `There is no session ${id}, or it has ended.`)
    }
    await note('session.kill', { session: id, why, by: recorded(operator) })
    console.note(`session ${id} ends within seconds`)
  })
}
