/** What the tests of sinks with a peer share: a relay that can misbehave, records, spools of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RemoteSink } from '../../../src/audit/sinks/remote.js'
import type { AuditRecord } from '../../../src/model/record.js'

/** `pass`; `refuse`: nobody listens; `hang`: takes and says nothing; a number: cuts after so many bytes. */
export type Manner = 'pass' | 'refuse' | 'hang' | number

export interface Relay {
  readonly port: number
  behave(manner: Manner): Promise<void>
  close(): Promise<void>
}

/** Stands between a sink and its peer on the loopback interface. */
export async function relay(target: number): Promise<Relay> {
  let manner: Manner = 'pass'
  let server: Server | undefined
  const open = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    return socket
  }
  const serve = (socket: Socket): void => {
    keep(socket)
    if (manner === 'hang') {
      socket.resume()
      return
    }
    const onward = keep(connect({ port: target, host: '127.0.0.1', allowHalfOpen: true }))
    let passed = 0
    socket.on('data', chunk => {
      passed += chunk.length
      if (typeof manner === 'number' && passed > manner) {
        onward.destroy()
        socket.resetAndDestroy()
      } else onward.write(chunk)
    })
    socket.on('end', () => onward.end())
    onward.pipe(socket)
    onward.on('close', () => socket.destroySoon())
  }
  const listen = async (port: number): Promise<number> => {
    const listening = createServer({ allowHalfOpen: true }, serve)
    await new Promise<void>((done, failed) => listening.once('error', failed).listen(port, '127.0.0.1', done))
    server = listening
    const address = listening.address()
    return address !== null && typeof address === 'object' ? address.port : 0
  }
  const stop = async (): Promise<void> => {
    const stopped = new Promise(done => (server === undefined ? done(undefined) : server.close(done)))
    for (const socket of open) socket.destroy()
    await stopped
    server = undefined
  }
  const port = await listen(0)
  return {
    port,
    behave: async next => {
      manner = next
      if (next === 'refuse') await stop()
      else if (server === undefined) await listen(port)
    },
    close: stop,
  }
}

/** A directory for a spool, gone with `dispose`. */
export function spoolDirectory(): { readonly directory: string; dispose(): void } {
  const parent = mkdtempSync(join(tmpdir(), 'cardea-spool-'))
  return {
    directory: join(parent, 'spool'),
    dispose: () => rmSync(parent, { recursive: true, force: true }),
  }
}

export function noted(id: string, text = ''): AuditRecord {
  return { event: 'audit.read', phase: 'single', id, time: '2030-01-01T00:00:00.000Z', detail: { text } }
}

export function many(count: number, prefix = 'r'): AuditRecord[] {
  return Array.from({ length: count }, (_, at) => noted(`${prefix}${at}`))
}

export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1_500; tries++) {
    if (await holds()) return
    await new Promise(done => setTimeout(done, 10))
  }
  throw new Error(`never came: ${what}`)
}

/** Until nothing waits any more. */
export async function delivered(sink: RemoteSink): Promise<void> {
  await eventually(() => sink.lag().records === 0, 'everything delivered')
}

/** Of whatever kind, with everything that sinks look at. */
export const refused: AuditRecord = {
  event: 'statement',
  phase: 'outcome',
  id: '01J9ZZZZZZZZZZZZZZZZZZZZZZ',
  time: '2030-01-01T00:00:00.000Z',
  body: {
    principal: { subject: 'a"b]c\\d\n<1>', issuer: 'i', kind: 'human' },
    agent: { framework: 'autogen', id: 'billing-bot' },
    session: 's',
    origination: 'o',
    point: 'knex',
    dataSource: { id: 'billing', environment: 'production', dialect: 'postgres' },
    statement: 'select 1; -- "]\n<0>1 forged\u2028\u202e😀\\\u0000\u001b[31m',
    fingerprint: 'select ?',
    bindings: [],
    objects: [],
    labels: [],
    decision: { id: 'd', effect: 'deny', rule: 'r1', reason: 'no', policyHash: '00' },
  },
  outcome: {
    status: 'refused',
    rows: 3,
    durationMs: 0,
    error: { code: 'CARDEA_POLICY_DENIED', message: 'no' },
  },
}
