/** Clients that do not behave, byte by byte: what they are told, that nobody is in, and that nothing is left of them. */
import net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  CODE,
  cancelRequest,
  cString,
  cStrings,
  message,
  passwordMessage,
  saslInitialResponse,
  saslResponse,
  sqlState,
  untyped,
} from '../../../../src/enforcement/upstream/postgres/messages.js'
import { describePostgres } from '../../../support/databases.js'
import { type Door, type DoorOptions, eventually, type House, openDoor, openHouse, TOKEN } from './kit.js'

const TLS_ALERT = String.fromCharCode(0x15)
const SSL = untyped(CODE.ssl)
const GSS = untyped(CODE.gssEncryption)
const startup = (version = 0x3_0000, more: Readonly<Record<string, string>> = {}): Buffer =>
  untyped(
    version,
    ...Object.entries({ user: 'bot', database: 'billing', ...more })
      .flat()
      .map(cString),
    Buffer.alloc(1),
  )

/** A client that is made of bytes. */
class Bytes {
  got = Buffer.alloc(0)
  readonly closed: Promise<void>
  private wake: () => void = () => {}
  private over = false

  constructor(readonly stream: Duplex) {
    stream.on('data', (chunk: Buffer) => {
      this.got = Buffer.concat([this.got, chunk])
      this.wake()
    })
    stream.on('error', () => {})
    this.closed = new Promise(resolve => {
      stream.once('close', () => {
        this.over = true
        this.wake()
        resolve()
      })
    })
  }

  /** The messages so far, once one of that type is there; all there will be where the gateway leaves first. */
  async until(type: string): Promise<readonly { readonly type: string; readonly bytes: Buffer }[]> {
    for (;;) {
      const messages = this.messages()
      if (this.over || messages.some(one => one.type === type)) return messages
      await new Promise<void>(resolve => {
        this.wake = resolve
      })
    }
  }

  async first(): Promise<string> {
    while (this.got.length === 0 && !this.over) {
      await new Promise<void>(resolve => {
        this.wake = resolve
      })
    }
    return this.got.toString('latin1', 0, 1)
  }

  private messages() {
    const messages: { type: string; bytes: Buffer }[] = []
    for (let at = 0; at + 5 <= this.got.length; ) {
      const end = at + 1 + this.got.readUInt32BE(at + 1)
      if (end > this.got.length) break
      messages.push({ type: this.got.toString('latin1', at, at + 1), bytes: this.got.subarray(at, end) })
      at = end
    }
    return messages
  }
}

describePostgres('hostile clients at the start', () => {
  let house: House
  let door: Door
  const others: Door[] = []
  beforeAll(async () => {
    house = await openHouse()
    door = await openDoor({ startMs: 2_000 }, house)
  })
  afterEach(async () => {
    for (const other of others.splice(0)) await other.close()
  })
  afterAll(async () => {
    await door.close()
    await house.close()
  })

  const other = async (options: DoorOptions): Promise<Door> => {
    const made = await openDoor(options, house)
    others.push(made)
    return made
  }
  const plain = async (at = door): Promise<Bytes> => {
    const socket = net.connect(at.port, '127.0.0.1')
    await new Promise(resolve => socket.once('connect', resolve))
    return new Bytes(socket)
  }
  const direct = async (ALPNProtocols: string[] = ['postgresql'], at = door): Promise<Bytes> => {
    const socket = tls.connect({ port: at.port, host: '127.0.0.1', ca: at.authority.cert, ALPNProtocols })
    const client = new Bytes(socket)
    await Promise.race([new Promise(resolve => socket.once('secureConnect', resolve)), client.closed])
    return client
  }
  const negotiated = async (at = door): Promise<Bytes> => {
    const raw = net.connect(at.port, '127.0.0.1')
    raw.write(SSL)
    await new Promise(resolve => raw.once('data', resolve))
    const socket = tls.connect({ socket: raw, ca: at.authority.cert, host: '127.0.0.1' })
    await new Promise(resolve => socket.once('secureConnect', resolve))
    return new Bytes(socket)
  }
  const nobody = () =>
    eventually(() => {
      expect(door.sockets.size).toBe(0)
      expect(door.inside.size).toBe(0)
      expect(door.upstreams.used).toBe(0)
    })
  const stateOf = (messages: readonly { type: string; bytes: Buffer }[]): string => {
    const error = messages.find(({ type }) => type === 'E')
    return error === undefined ? 'none' : sqlState(error.bytes, 0, error.bytes.length)
  }

  test('direct TLS that names the protocol comes in', async () => {
    const client = await direct()
    client.stream.write(startup())
    await client.until('R')
    client.stream.write(passwordMessage(TOKEN))
    const messages = await client.until('Z')
    expect(messages.map(({ type }) => type).join('')).toMatch(/^RRS+KZ$/)
    client.stream.end(message('X'))
    await client.closed
    await nobody()
  })

  test.each([[[]], [['http/1.1']]])('direct TLS that names %j is hung up on', async protocols => {
    const client = await direct(protocols)
    client.stream.write(startup())
    await client.closed
    expect(client.got).toHaveLength(0)
    await nobody()
  })

  test.each([
    ['bytes behind a request for TLS', [Buffer.concat([SSL, startup()])]],
    ['one byte behind it', [Buffer.concat([SSL, Buffer.from([0])])]],
    ['bytes behind a request for GSS', [Buffer.concat([GSS, startup()])]],
    ['a request for GSS twice', [GSS, GSS]],
    ['a request with a body', [untyped(CODE.ssl, Buffer.alloc(4))]],
    ['a cancel request without a key', [untyped(CODE.cancel, Buffer.alloc(4))]],
    ['a start-up packet that does not end', [untyped(0x3_0000, Buffer.from('user'))]],
    ['clear text where TLS has to begin', [SSL, startup()]],
  ])('%s: hung up', async (_, chunks) => {
    const client = await plain()
    for (const chunk of chunks) {
      client.stream.write(chunk)
      await Promise.race([client.first(), new Promise(resolve => setTimeout(resolve, 50))])
    }
    await client.closed
    // At most the one byte, and an alert of TLS.
    expect(['', 'S', 'N']).toContain(client.got.toString('latin1').split(TLS_ALERT)[0])
    expect(door.visitors.filter(({ dataSource }) => dataSource !== 'billing')).toEqual([])
    await nobody()
  })

  test('a request for TLS within TLS is hung up on', async () => {
    const client = await negotiated()
    client.stream.write(SSL)
    await client.closed
    expect(client.got).toHaveLength(0)
  })

  test('no GSS, but TLS afterwards', async () => {
    const client = await plain()
    client.stream.write(GSS)
    expect(await client.first()).toBe('N')
    client.got = Buffer.alloc(0)
    client.stream.write(SSL)
    expect(await client.first()).toBe('S')
    client.stream.destroy()
    await nobody()
  })

  test.each([
    ['2.0', 0x2_0000, {}, '0A000'],
    ['4.0', 0x4_0000, {}, '0A000'],
    ['replication', 0x3_0000, { replication: 'true' }, '0A000'],
    ['another encoding', 0x3_0000, { client_encoding: 'SJIS' }, '22023'],
    ['what nobody knows', 0x3_0000, { 'x\ny': '4111111111111111' }, '42501'],
    ['a name that is none', 0x3_0000, { user: '\u0007' }, '28000'],
  ])('%s is refused before a password is asked for', async (_, version, parameters, state) => {
    const client = await negotiated()
    client.stream.write(startup(version, parameters))
    await client.closed
    const messages = await client.until('E')
    expect(messages.map(({ type }) => type)).toEqual(['E'])
    expect(stateOf(messages)).toBe(state)
    expect(client.got.toString('latin1')).not.toContain('4111')
  })

  test('a later protocol and unknown options are negotiated down, once', async () => {
    const client = await negotiated()
    client.stream.write(startup(0x3_270f, { '_pq_.test_protocol_negotiation': '1' }))
    await client.until('R')
    client.stream.write(passwordMessage(TOKEN))
    const messages = await client.until('Z')
    const told = messages.filter(({ type }) => type === 'v')
    expect(told).toHaveLength(1)
    const bytes = told[0]?.bytes ?? Buffer.alloc(0)
    expect(bytes.readUInt32BE(5)).toBe(0x3_0002)
    expect(bytes.readUInt32BE(9)).toBe(1)
    expect(cStrings(bytes, 13, bytes.length)).toEqual(['_pq_.test_protocol_negotiation'])
    // Protocol 3.2 has longer secrets.
    expect(messages.find(({ type }) => type === 'K')?.bytes).toHaveLength(9 + 32)
    client.stream.destroy()
    await nobody()
  })

  test.each(['plain', 'TLS'])('a cancel request is never answered, and works: %s', async way => {
    const client = await negotiated()
    client.stream.write(startup())
    await client.until('R')
    client.stream.write(passwordMessage(TOKEN))
    const key = (await client.until('Z')).find(({ type }) => type === 'K')?.bytes ?? Buffer.alloc(13)
    client.stream.write(message('Q', cString('select pg_sleep(30)')))
    await new Promise(resolve => setTimeout(resolve, 150))
    for (const flip of [1, 0]) {
      const secret = Buffer.from(key.subarray(9))
      secret[0] = (secret[0] ?? 0) ^ flip
      const canceller = way === 'plain' ? await plain() : await negotiated()
      canceller.stream.write(cancelRequest(key.readInt32BE(5), secret))
      await canceller.closed
      expect(canceller.got).toHaveLength(0)
      if (flip === 1) expect(client.got.includes('57014')).toBe(false)
    }
    expect(stateOf(await client.until('E'))).toBe('57014')
    client.stream.destroy()
    await nobody()
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['half a packet', startup().subarray(0, 10)],
    ['half a TLS record', Buffer.from([0x16, 3, 1])],
    ['a request for TLS', SSL],
  ])('who says %s and then waits is left', async (_, bytes) => {
    const slow = await other({ startMs: 150 })
    const client = await plain(slow)
    client.stream.write(bytes)
    await client.closed
    await eventually(() => expect(slow.sockets.size).toBe(0))
  })

  test('who does not send the password is left', async () => {
    const slow = await other({ startMs: 250 })
    const client = await negotiated(slow)
    client.stream.write(startup())
    const messages = await client.until('never')
    expect(messages.map(({ type }) => type)).toEqual(['R'])
  })

  test('what is too long is refused before it has arrived', async () => {
    const client = await plain()
    const head = Buffer.alloc(8)
    head.writeUInt32BE(10_001)
    client.stream.write(head)
    expect(stateOf(await client.until('E'))).toBe('08P01')
    await client.closed
    const second = await negotiated()
    second.stream.write(startup())
    await second.until('R')
    second.stream.write(Buffer.from([0x70, 0, 1, 0, 0]))
    expect(stateOf(await second.until('E'))).toBe('08P01')
    await second.closed
  })

  test('another message than the password is refused', async () => {
    const client = await negotiated()
    client.stream.write(startup())
    await client.until('R')
    client.stream.write(message('Q', cString('select 1')))
    expect(stateOf(await client.until('E'))).toBe('08P01')
    await client.closed
  })

  test('what comes along with the password waits for its check', async () => {
    let let_: () => void = () => {}
    const held = new Promise<void>(resolve => {
      let_ = resolve
    })
    const strict = await other({
      identify: async () => {
        await held
        return null
      },
    })
    const client = await negotiated(strict)
    client.stream.write(Buffer.concat([startup(), passwordMessage('no'), message('Q', cString('select 1'))]))
    await eventually(() => expect(strict.presented).toHaveLength(1))
    expect((await client.until('R')).map(({ type }) => type)).toEqual(['R'])
    let_()
    const messages = await client.until('never')
    expect(messages.map(({ type }) => type)).toEqual(['R', 'E'])
    expect(strict.visitors).toEqual([])
  })

  test('what comes along with the right one is served', async () => {
    const client = await negotiated()
    client.stream.write(Buffer.concat([startup(), passwordMessage(TOKEN), message('Q', cString('select 1'))]))
    const messages = await client.until('C')
    expect(messages.map(({ type }) => type).join('')).toMatch(/^RRS+KZTDC/)
    client.stream.destroy()
    await nobody()
  })

  test('whoever leaves, at whatever byte, leaves nothing behind', async () => {
    const said = Buffer.concat([startup(), passwordMessage(TOKEN), message('Q', cString('select 1'))])
    const steps = [0, 1, 4, 20, startup().length, startup().length + 3, said.length - 14, said.length]
    for (const how of ['end', 'destroy'] as const) {
      for (const length of steps) {
        const client = await negotiated()
        client.stream.write(said.subarray(0, length))
        client.stream[how]()
      }
    }
    await nobody()
  })

  test('who leaves while the database is awaited is gone at once', async () => {
    const full = await other({ connections: 1, startMs: 60_000 })
    const first = await negotiated(full)
    const said = Buffer.concat([startup(), passwordMessage(TOKEN)])
    first.stream.write(said)
    await first.until('Z')
    const second = await negotiated(full)
    second.stream.write(said)
    await eventually(() => expect(full.inside.size).toBe(2))
    second.stream.end(message('X'))
    await eventually(() => expect(full.inside.size).toBe(1))
    first.stream.destroy()
  })

  test('random bytes let nobody in, and are survived', async () => {
    const before = door.visitors.length
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 80 }),
        fc.boolean(),
        async (random, sized) => {
          const bytes = Buffer.from(random)
          if (sized && bytes.length >= 4) bytes.writeUInt32BE(bytes.length)
          const client = await plain()
          client.stream.end(bytes)
          await client.closed
        },
      ),
      { numRuns: 60 },
    )
    expect(door.visitors).toHaveLength(before)
    await nobody()
  })

  test('OAUTHBEARER: the token comes in, another and none are told where to get one', async () => {
    const discovery = 'https://login.corp.example/.well-known/openid-configuration'
    const oauth = await other({ auth: 'oauthbearer', discovery })
    const bearer = (auth: string): string => `n,,\x01auth=${auth}\x01\x01`
    const begin = async (): Promise<Bytes> => {
      const client = await negotiated(oauth)
      client.stream.write(startup())
      const [asked] = await client.until('R')
      expect(asked?.bytes.readUInt32BE(5)).toBe(10)
      expect(asked?.bytes.toString('latin1', 9)).toBe('OAUTHBEARER\0\0')
      return client
    }
    const good = await begin()
    good.stream.write(saslInitialResponse('OAUTHBEARER', bearer(`Bearer ${TOKEN}`)))
    const messages = await good.until('Z')
    expect(messages.map(({ type }) => type).join('')).toMatch(/^RRS+KZ$/)
    expect(messages[1]?.bytes.readUInt32BE(5)).toBe(0)
    good.stream.destroy()
    for (const auth of ['', 'Bearer wrong']) {
      const client = await begin()
      client.stream.write(saslInitialResponse('OAUTHBEARER', bearer(auth)))
      await eventually(() => expect(client.got.includes('invalid_token')).toBe(true))
      const told = (await client.until('R'))[1]?.bytes ?? Buffer.alloc(9)
      expect(told.readUInt32BE(5)).toBe(11)
      expect(JSON.parse(told.toString('utf8', 9))).toEqual({
        status: 'invalid_token',
        'openid-configuration': discovery,
      })
      client.stream.write(saslResponse('\x01'))
      expect(stateOf(await client.until('E'))).toBe('28000')
      await client.closed
    }
    for (const text of [
      '',
      'n,,',
      `n,,\x01auth=Bearer ${TOKEN}\x01`,
      `p=x,,\x01auth=Bearer ${TOKEN}\x01\x01`,
    ]) {
      const client = await begin()
      client.stream.write(saslInitialResponse('OAUTHBEARER', text))
      expect(stateOf(await client.until('E'))).toBe('08P01')
    }
  })
})
