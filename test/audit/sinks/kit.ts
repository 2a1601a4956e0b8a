/** What the tests of sinks with a peer share: a relay that can misbehave, records, spools of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RemoteSink } from '../../../src/audit/sinks/remote.js'
import type { AuditRecord } from '../../../src/model/record.js'
import type { AuditSinkUnderTest } from '../../../src/testing/audit-sink-contract.js'

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

/** For the contract: what a spooled sink has acknowledged is stored once nothing waits in the spool. */
export async function delivered(sink: RemoteSink): Promise<void> {
  await eventually(() => sink.lag().records === 0, 'everything delivered')
}

/** A sink of each kind of delivery. */
export function deliveries(
  make: (delivery: { mandatory: true } | { spool: { directory: string } }) => RemoteSink,
  rest: (sink: RemoteSink) => Promise<Omit<AuditSinkUnderTest, 'sink'>>,
): readonly (readonly [name: string, make: () => Promise<AuditSinkUnderTest>])[] {
  const underTest = async (sink: RemoteSink, dispose: () => void): Promise<AuditSinkUnderTest> => {
    const { stored, ...others } = await rest(sink)
    return {
      sink,
      ...others,
      stored: async () => {
        await delivered(sink)
        return stored()
      },
      dispose: async () => {
        await sink.close()
        await others.dispose?.()
        dispose()
      },
    }
  }
  return [
    ['that is waited for', () => underTest(make({ mandatory: true }), () => {})],
    [
      'with a spool',
      async () => {
        const spool = spoolDirectory()
        const { breakStorage: _, ...found } = await underTest(make({ spool }), spool.dispose)
        return found
      },
    ],
  ]
}
