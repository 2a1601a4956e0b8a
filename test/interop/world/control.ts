/** What tests may ask of the world, over HTTP on the loopback interface: POST with JSON, JSON back. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ShopDatabase } from './database.js'
import { type Gateways, KINDS, type Kind } from './gateways.js'
import type { People } from './people.js'

interface World {
  readonly database: ShopDatabase
  readonly people: People
  readonly gateways: Gateways
}

type Body = Readonly<Record<string, unknown>>
type Command = (body: Body) => Promise<unknown>

export async function startControl(world: World): Promise<{ readonly url: string; close(): Promise<void> }> {
  const commands = commandsOf(world)
  const server = createServer((request, response) => {
    response.setHeader('connection', 'close')
    answer(commands, request).then(
      told => response.end(JSON.stringify(told)),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(
  commands: Readonly<Record<string, Command>>,
  request: IncomingMessage,
): Promise<unknown> {
  const command = commands[request.url?.slice(1) ?? '']
  if (command === undefined) throw new Error(`There is no command ${request.url}.`)
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return command(JSON.parse(Buffer.concat(chunks).toString()))
}

function commandsOf({ database, people, gateways }: World): Readonly<Record<string, Command>> {
  const inbox = async (person: unknown, path: string, init: RequestInit = {}): Promise<unknown> => {
    await gateways.start('ticket')
    const authorization = `Bearer ${await people.personToken(String(person))}`
    const headers = { authorization, 'content-type': 'application/json' }
    const response = await fetch(`${gateways.approvals('ticket')}${path}`, { ...init, headers })
    return response.json()
  }
  return {
    sql: async ({ text, params }) => ({ rows: await database.rows(String(text), params as unknown[]) }),
    lock: async ({ table, key }) => ({ lock: await database.lock(String(table), Number(key)) }),
    unlock: async ({ lock }) => {
      await database.unlock(String(lock))
      return {}
    },
    token: async ({ agent }) => ({ token: await people.agentToken(String(agent)) }),
    /** A person's answer, through the inbox, with their own sign-in. */
    answer: ({ id, decision, reason, person }) =>
      inbox(person, `/approvals/${id}/answer`, {
        method: 'POST',
        body: JSON.stringify({ decision, reason }),
      }),
    /** Ids of what waits for the person and holds the text. */
    pending: async ({ text, person }) => {
      const told = (await inbox(person, '/approvals')) as {
        approvals: { id: string; request: { statement: string } }[]
      }
      const found = told.approvals.filter(({ request }) => request.statement.includes(String(text)))
      return { ids: found.map(({ id }) => id) }
    },
    gateway: async ({ kind: named, action }) => {
      const kind = KINDS.find(known => known === named) as Kind
      if (action === 'start') return { url: await gateways.start(kind) }
      if (action === 'log') return { text: gateways.log(kind) }
      await gateways.stop(kind, action === 'kill' ? 'SIGKILL' : 'SIGTERM')
      return {}
    },
  }
}
