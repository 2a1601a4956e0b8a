import { join } from 'node:path'
import type { Knex } from 'knex'
import { frozenStatements } from '../../agents/workbench/frozen.js'
import { GovernedWorkbench } from '../../agents/workbench/governed-workbench.js'
import { fileTrail } from '../../audit/file-trail.js'
import { openStoreConnection } from '../../connect/store-connection.js'
import { serveMcpStdio } from '../../enforcement/mcp/serve-stdio.js'
import { GovernedConnection } from '../../governed-connection.js'
import type { Toolbox } from '../../model/tool.js'
import { loadPolicy } from '../../policy/load.js'
import { type Ids, ulids } from '../../util/ids.js'
import type { Console } from '../console.js'
import { privateDirectory } from '../credentials/private-file.js'
import { stateDirectory } from '../credentials/sign-in.js'
import { approvalOptions } from './approvals.js'
import { callerOf, type McpCaller } from './caller.js'
import { openDatabase } from './database.js'
import { maskingOptions } from './masking.js'
import type { McpOptions } from './options.js'
import { claimStdout } from './stdio-guard.js'

/** Serves one client on standard input and output until it goes away or the process is told to end. */
export async function serveMcp(console: Console, options: McpOptions, version: string): Promise<void> {
  // The arguments may hold the address of a database, and other users of the machine can read them.
  process.title = 'cardea mcp'
  const output = claimStdout(process.stdout, process.stderr)
  const stop = console.untilInterrupted()
  const policy = await loadPolicy(options.policy)
  await withStore(options, async store => {
    const caller = await callerOf(options, store, console)
    const approvals = await approvalOptions(options, store, console.clock)
    const database = await openDatabase(options)
    try {
      const ids = ulids(console.clock)
      const masking = await maskingOptions(options)
      const connection = await GovernedConnection.open(database.config, {
        policy,
        audit: fileTrail({ directory: await trailDirectory(console, options, ids) }),
        dataSource: { id: options.dataSource, environment: options.environment },
        clock: console.clock,
        ...(caller.identity === undefined ? {} : { identity: caller.identity }),
        ...approvals,
        ...masking,
      })
      try {
        const tools = toolsOf(console, options, connection, caller, ids)
        await serveMcpStdio({
          tools,
          input: process.stdin,
          output,
          version,
          stop,
          denialAs: options.denialAs,
        })
      } finally {
        await connection.close()
      }
    } finally {
      await database.stop()
    }
  })
}

async function withStore(
  options: McpOptions,
  use: (store: Knex | undefined) => Promise<void>,
): Promise<void> {
  if (options.store === undefined) return use(undefined)
  const store = await openStoreConnection(options.store)
  try {
    await use(store)
  } finally {
    await store.destroy()
  }
}

/** One process, one trail: without a directory of its own, each gets a new one. */
async function trailDirectory(console: Console, { audit }: McpOptions, ids: Ids): Promise<string> {
  if (audit !== undefined) return audit
  const home = join(stateDirectory(), 'mcp')
  for (const directory of [stateDirectory(), home]) await privateDirectory(directory)
  const directory = join(home, ids.next())
  console.note(`the trail is in ${directory}`)
  return directory
}

function toolsOf(
  { clock }: Console,
  options: McpOptions,
  connection: GovernedConnection,
  caller: McpCaller,
  ids: Ids,
): () => Promise<Toolbox> {
  const { agent, approval, budget } = options
  const frozen = frozenStatements({ clock })
  const session = options.session ?? ids.next()
  const context = {
    session,
    point: 'mcp' as const,
    ...(agent === undefined ? {} : { agent: { framework: 'mcp', id: agent } }),
  }
  return async () => {
    const statements = connection.statements(await caller.who(), context)
    return new GovernedWorkbench(statements, {
      approval,
      frozen,
      clock,
      ...(budget === undefined ? {} : { budgetMs: budget }),
    })
  }
}
