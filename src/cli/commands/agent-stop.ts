import type { Command } from 'commander'
import type { Console } from '../console.js'
import { COULD_NOT, Exit } from '../exit.js'
import { reasonIn, recordedBy, withSessionDesk, withSessions } from '../sessions/session-desk.js'
import { type DeskOptions, deskOptions, isoTime, recorded, storeOption } from './agent-desk.js'

interface StopOptions extends DeskOptions {
  readonly reason: string
}

interface StoppedOptions {
  readonly store: string
  readonly json?: true
}

/** `cardea agent stop | resume | stopped`: the kill switch of an agent. */
export function addAgentStop(agent: Command, console: Console): void {
  deskOptions(agent.command('stop'))
    .description(
      'end every session and call of an agent, at every gateway on the store, and let it begin none',
    )
    .argument('<agent-id>', 'the subject of its tokens, or the id that it says it has')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, options: StopOptions) => stop(console, id, options))
  deskOptions(agent.command('resume'))
    .description('let an agent that was stopped in again')
    .argument('<agent-id>', 'as it was stopped')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, options: StopOptions) => resume(console, id, options))
  storeOption(agent.command('stopped'))
    .description('list the agents that are stopped')
    .option('--json', 'print the list as JSON')
    .action((options: StoppedOptions) => stopped(console, options))
}

async function stop(console: Console, given: string, options: StopOptions): Promise<void> {
  const agent = nameIn(given)
  const why = reasonIn(options)
  await withSessionDesk(console, options, async ({ sessions, operator, note }) => {
    const at = console.clock.now()
    if (!(await sessions.stop({ agent, at, by: recordedBy(operator), why }))) {
      throw new Exit(COULD_NOT, `${agent} is stopped already.`)
    }
    await note('agent.stop', { agent, why, by: recorded(operator) })
    console.note(
      `${agent} is stopped: its sessions end within seconds, and it gets in nowhere until it is resumed`,
    )
  })
}

async function resume(console: Console, given: string, options: StopOptions): Promise<void> {
  const agent = nameIn(given)
  const why = reasonIn(options)
  await withSessionDesk(console, options, async ({ sessions, operator, note }) => {
    // On record first: a door that opens without a trace would be worse than a trace of one that did not.
    const known = await sessions.stops()
    const { foldName } = await import('../../gateway/sessions/names.js')
    if (!known.some(one => foldName(one.agent) === foldName(agent))) {
      throw new Exit(COULD_NOT, `${agent} is not stopped.`)
    }
    await note('agent.resume', { agent, why, by: recorded(operator) })
    await sessions.resume(agent)
    console.note(`${agent} may come in again within seconds`)
  })
}

async function stopped(console: Console, { store, json }: StoppedOptions): Promise<void> {
  const stops = await withSessions(store, sessions => sessions.stops())
  if (json === true) console.json(stops.map(stop => ({ ...stop, at: isoTime(stop.at) })))
  else {
    console.print(
      ...stops.map(({ agent, at, by, why }) =>
        [
          JSON.stringify(agent),
          `stopped ${isoTime(at)} by ${JSON.stringify(by.subject)}: ${JSON.stringify(why)}`,
        ].join('  '),
      ),
    )
  }
  console.note(`${stops.length} agents are stopped`)
}

/** @throws Exit 2 for what names nobody. */
function nameIn(given: string): string {
  const name = given.trim()
  if (name === '' || name.length > 255 || /[\0\p{Cs}]/u.test(name))
    throw new Exit(COULD_NOT, 'Name the agent, in 255 characters at most.')
  return name
}
