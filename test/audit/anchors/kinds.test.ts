/** What each kind of anchor refuses, and what it says when its place does not keep what it is given. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { verifySigned, webhookKeys } from '../../../src/approval/channels/webhook/signature.js'
import { fileAnchor } from '../../../src/audit/anchors/file.js'
import { type GitAnchorOptions, gitAnchor } from '../../../src/audit/anchors/git.js'
import { type HttpAnchorOptions, httpAnchor } from '../../../src/audit/anchors/http.js'
import { readAnchors } from '../../../src/audit/anchors/read.js'
import { rfc3161Anchor } from '../../../src/audit/anchors/rfc3161.js'
import { s3Anchor } from '../../../src/audit/anchors/s3.js'
import { syslogAnchor } from '../../../src/audit/anchors/syslog.js'
import { type S3Server, startS3 } from '../../support/servers/s3.js'
import { startTsa, type TimeStampingAuthority } from '../../support/servers/tsa.js'
import { rejection } from '../kit.js'
import { checkpoint, type Place, place, signal } from './kit.js'

let work: Place
beforeEach(() => {
  work = place()
})
afterEach(() => work.remove())

async function message(run: Promise<unknown>): Promise<string> {
  const error = await rejection(run)
  return error instanceof Error ? error.message : 'no error'
}

async function served(
  answer: (request: IncomingMessage, body: Buffer) => { status: number; text?: string },
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    response.setHeader('connection', 'close')
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { status, text = '' } = answer(request, Buffer.concat(chunks))
      response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:9/' } : {}).end(text)
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  try {
    await use(
      `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/hook?key=geheim`,
    )
  } finally {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
  }
}

describe('a file', () => {
  test('is appended to, and never made', async () => {
    const path = join(work.path, 'kept.jsonl')
    const anchor = fileAnchor({ path })
    expect(await message(anchor.anchor(checkpoint(1), signal()))).toMatch(/ENOENT.*made once/)
    expect(existsSync(path)).toBe(false)
    writeFileSync(path, 'torn half of a li')
    await anchor.anchor(checkpoint(1), signal())
    await anchor.anchor(checkpoint(2), signal())
    const [{ checkpoints }] = await only(readAnchors([path], { signal: signal() }))
    expect(checkpoints.map(({ size }) => size)).toEqual([1, 2])
  })

  test('is not a pipe, a directory or a device', async () => {
    execFileSync('mkfifo', [join(work.path, 'pipe')])
    for (const path of [join(work.path, 'pipe'), work.path, '/dev/null']) {
      expect(await message(fileAnchor({ path }).anchor(checkpoint(1), signal()))).toMatch(
        /took no checkpoint/,
      )
    }
    expect(() => fileAnchor({ path: '' })).toThrow(/needs a path/)
  })
})

describe('a web service', () => {
  const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

  test('is sent a signature over the whole body that verifies', async () => {
    let verified: unknown = null
    const answer = (request: IncomingMessage, body: Buffer) => {
      const headers = new Headers(request.headers as Record<string, string>)
      verified = verifySigned(headers, body, webhookKeys('secret', secret), Date.now())
      return { status: 201, text: 'kept\u001b[31m as 17' }
    }
    await served(answer, async url => {
      const receipt = await httpAnchor({ url, secret }).anchor(checkpoint(9), signal())
      expect(receipt).toMatchObject({ anchor: 'http', size: 9, evidence: '201 kept [31m as 17' })
    })
    expect(verified).not.toBeNull()
  })

  test.each([302, 401, 500])(
    'that answers %d has taken nothing, and its address is not told',
    async status => {
      await served(
        () => ({ status, text: 'geheim' }),
        async url => {
          const said = await message(httpAnchor({ url, token: 'geheim' }).anchor(checkpoint(1), signal()))
          expect(said).toBe(`The anchor's service answered ${status}.`)
        },
      )
    },
  )

  test('that is away or hangs has taken nothing', async () => {
    const anchor = httpAnchor({ url: 'http://127.0.0.1:9/geheim', secret })
    expect(await message(anchor.anchor(checkpoint(1), signal()))).toMatch(/could not be reached/)
    const sockets: Socket[] = []
    const hung = createTcpServer(socket => void sockets.push(socket))
    await new Promise<void>(done => hung.listen(0, '127.0.0.1', done))
    const address = hung.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const late = httpAnchor({ url: `http://127.0.0.1:${port}/`, secret })
    expect(await message(late.anchor(checkpoint(1), AbortSignal.timeout(50)))).toMatch(/in time/)
    for (const socket of sockets) socket.destroy()
    await new Promise(done => hung.close(done))
  })

  const bad: readonly HttpAnchorOptions[] = [
    { url: 'http://siem.example/', secret },
    { url: 'https://user:geheim@siem.example/', secret },
    { url: 'nonsense', secret },
    { url: 'https://siem.example/' },
    { url: 'https://siem.example/', secret, token: 'geheim' },
    { url: 'https://siem.example/', secret: 'whsec_geheim' },
    { url: 'https://siem.example/', token: 'geheim mit' },
  ]
  test.each(bad)('is refused in configuration %#, without its secret', options => {
    expect(() => httpAnchor(options)).toThrow(/httpAnchor/)
    expect(() => httpAnchor(options)).not.toThrow(/geheim/)
  })
})

describe('a git repository', () => {
  const remote = (): string => {
    const path = join(work.path, 'witness.git')
    execFileSync('git', ['init', '-q', '--bare', path])
    return path
  }
  const restore = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }

  test('keeps the trails of many writers that push at once', async () => {
    const path = remote()
    const origins = ['a', 'b', 'c', 'd']
    const anchor = gitAnchor({ remote: path })
    await Promise.all(origins.map(origin => anchor.anchor(checkpoint(5, { origin }), signal())))
    await Promise.all(origins.map(origin => anchor.anchor(checkpoint(6, { origin }), signal())))
    const [{ checkpoints }] = await only(readAnchors([path], { signal: signal() }))
    expect(checkpoints.map(({ origin, size }) => `${origin}${size}`).sort()).toEqual(
      origins.flatMap(origin => [`${origin}5`, `${origin}6`]),
    )
  })

  test('keeps nothing of a trail that was rolled back, and says so', async () => {
    const path = remote()
    const anchor = gitAnchor({ remote: path })
    await anchor.anchor(checkpoint(50), signal())
    await anchor.anchor(checkpoint(50), signal())
    expect(await message(anchor.anchor(checkpoint(40), signal()))).toMatch(/50 records.*has 40.*rolled back/)
    // What the root key signs comes at sizes of its own.
    await anchor.anchor(checkpoint(30, { signer: 'root' }), signal())
    const [{ checkpoints }] = await only(readAnchors([path], { signal: signal() }))
    expect(checkpoints.map(({ size }) => size).sort()).toEqual([30, 50])
  })

  test('asks nobody for a password, and leaves no process and no file behind', async () => {
    const previous = { ssh: process.env['GIT_SSH_COMMAND'], tmp: process.env['TMPDIR'] }
    process.env['TMPDIR'] = work.path
    await served(
      () => ({ status: 401 }),
      async url => {
        const address = url.replace('?key=geheim', '/geheim.git')
        const said = await message(gitAnchor({ remote: address }).anchor(checkpoint(1), signal()))
        expect(said).toMatch(/^git ls-remote failed/)
        expect(said).not.toMatch(/geheim|127\.0\.0\.1/)
      },
    )
    const stuck = join(work.path, 'ssh')
    writeFileSync(stuck, '#!/bin/sh\necho $$ > "$0.pid"\nexec sleep 600\n')
    chmodSync(stuck, 0o755)
    process.env['GIT_SSH_COMMAND'] = stuck
    try {
      const anchor = gitAnchor({ remote: 'ssh://git@witness.example/x.git' })
      expect(await message(anchor.anchor(checkpoint(1), AbortSignal.timeout(1_500)))).toMatch(/in time/)
    } finally {
      restore('GIT_SSH_COMMAND', previous.ssh)
      restore('TMPDIR', previous.tmp)
    }
    const pid = Number(readFileSync(`${stuck}.pid`, 'utf8'))
    // Ended, if nobody has looked after it yet.
    const state = (): string => {
      try {
        return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] ?? ''
      } catch {
        return 'gone'
      }
    }
    for (let look = 0; look < 500 && !/gone|Z|X/.test(state()); look++) await pause(10)
    expect(state()).toMatch(/gone|Z|X/)
    expect(readdirSync(work.path).sort()).toEqual(['ssh', 'ssh.pid'])
  })

  const bad: readonly GitAnchorOptions[] = [
    { remote: '' },
    { remote: '--upload-pack=touch /tmp/x' },
    { remote: 'https://user:geheim@witness.example/x.git' },
    { remote: 'x', branch: '../x' },
    { remote: 'x', branch: '-f' },
    { remote: 'x', branch: 'a b' },
  ]
  test.each(bad)('is refused in configuration %#', options => {
    expect(() => gitAnchor(options)).toThrow(/gitAnchor/)
    expect(() => gitAnchor(options)).not.toThrow(/geheim/)
  })
})

describe('a bucket', () => {
  let s3: S3Server
  beforeAll(async () => {
    s3 = await startS3()
  }, 300_000)
  afterAll(() => s3.stop())

  test('with Object Lock lets nobody delete or replace a checkpoint', async () => {
    const bucket = `locked-${process.pid}`
    await s3.makeBucket(bucket, true)
    const { endpoint, region, credentials } = s3
    const anchor = s3Anchor({ bucket, region, endpoint, credentials, retainDays: 2 })
    const { evidence } = await anchor.anchor(checkpoint(8), signal())
    const [key, version, mode] = evidence.split(' ')
    expect([key, mode]).toEqual(['app-3/billing/000000000008.note', 'COMPLIANCE'])
    expect(await s3.request('DELETE', `${bucket}/${key}?versionId=${version}`)).toBe(403)
    expect(
      await s3.request('DELETE', `${bucket}/${key}?versionId=${version}`, {
        'x-amz-bypass-governance-retention': 'true',
      }),
    ).toBe(403)
    // What a deletion or another object hides is read all the same.
    expect(await s3.request('PUT', `${bucket}/${key}`)).toBe(200)
    expect(await s3.request('DELETE', `${bucket}/${key}`)).toBe(204)
    const env = {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    }
    const [{ checkpoints }] = await only(readAnchors([`s3://${bucket}`], { env, signal: signal() }))
    expect(checkpoints.map(({ size }) => size)).toEqual([8])
  })

  test('without Object Lock, or with another key, has taken nothing', async () => {
    const bucket = `open-${process.pid}`
    await s3.makeBucket(bucket, false)
    const { endpoint, region, credentials } = s3
    const open = s3Anchor({ bucket, region, endpoint, credentials })
    expect(await message(open.anchor(checkpoint(1), signal()))).toMatch(/^The S3 bucket answered 4\d\d/)
    const wrong = { ...credentials, secretAccessKey: 'geheim' }
    const stranger = s3Anchor({ bucket, region, endpoint, credentials: wrong })
    expect(await message(stranger.anchor(checkpoint(1), signal()))).toBe(
      'The S3 bucket answered 403 (SignatureDoesNotMatch).',
    )
  })

  test.each([
    { bucket: 'A' },
    { region: 'x/y' },
    { endpoint: 'http://s3.example' },
    { endpoint: 'https://s3.example/path' },
    { retainDays: 0 },
  ])('is refused in configuration %#', over => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
    expect(() => s3Anchor({ bucket: 'trail', region: 'eu-central-1', credentials, ...over })).toThrow(/s3/)
  })
})

describe('a time stamping authority', () => {
  let tsa: TimeStampingAuthority
  beforeAll(async () => {
    tsa = await startTsa()
  })
  afterAll(() => tsa.stop())

  test('is believed only where its own authority vouches for it', async () => {
    const other = await startTsa()
    try {
      const said = await message(
        rfc3161Anchor({ url: tsa.url, ca: other.ca }).anchor(checkpoint(1), signal()),
      )
      expect(said).toMatch(/not one of this authority over this checkpoint/)
    } finally {
      await other.stop()
    }
  })

  test('that sends a stamp for something else, or damage, has stamped nothing', async () => {
    let kept: Buffer | undefined
    const damages: readonly ((reply: Buffer) => Buffer)[] = [
      reply => (kept ??= reply),
      reply =>
        Buffer.concat([reply.subarray(0, 60), Buffer.from([(reply[60] ?? 0) ^ 1]), reply.subarray(61)]),
      () => Buffer.from('no stamp'),
    ]
    for (const damage of damages) {
      const bad = await startTsa({ damage })
      const anchor = rfc3161Anchor({ url: bad.url, ca: bad.ca })
      try {
        if (kept === undefined) await anchor.anchor(checkpoint(1), signal())
        expect(await message(anchor.anchor(checkpoint(2), signal()))).toMatch(/time stamp/)
      } finally {
        await bad.stop()
      }
    }
  })

  test('vouches for receipts; those with a forged stamp do not count', async () => {
    const { ca } = tsa
    const { evidence } = await rfc3161Anchor({ url: tsa.url, ca }).anchor(checkpoint(1), signal())
    mkdirSync(join(work.path, 'anchors'))
    const receipt = (size: number): string => JSON.stringify({ checkpoint: checkpoint(size), evidence })
    writeFileSync(join(work.path, 'anchors', 'rfc3161.jsonl'), `${receipt(1)}\n${receipt(2)}\n`)
    const [{ checkpoints, stamped, unsound }] = await only(readAnchors([work.path], { ca, signal: signal() }))
    expect(checkpoints.map(({ size }) => size)).toEqual([1])
    expect([stamped, unsound.map(({ size }) => size)]).toEqual([1, [2]])
    // The authority's own time, and not the receipt's.
    expect(checkpoints[0]?.time).not.toBe(checkpoint(1).time)
  })
})

describe('a syslog server', () => {
  test('elsewhere is reached over TLS only', () => {
    expect(() => syslogAnchor({ host: 'logs.example', tls: false })).toThrow(/this machine alone/)
  })

  test('that closes without having read has taken nothing', async () => {
    const rude = createTcpServer(socket => socket.resetAndDestroy())
    await new Promise<void>(done => rude.listen(0, '127.0.0.1', done))
    const address = rude.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const anchor = syslogAnchor({ host: '127.0.0.1', port, tls: false })
    expect(await message(anchor.anchor(checkpoint(1), signal()))).toMatch(/did not take the messages/)
    await new Promise(done => rude.close(done))
  })
})

describe('a place', () => {
  test('that is none, or holds no checkpoint, is an error', async () => {
    const empty = join(work.path, 'empty.log')
    writeFileSync(empty, 'nothing here\n')
    for (const given of ['nowhere', empty, 'https://user:geheim@x.example/?a=geheim', 's3://trail']) {
      const error = await rejection(readAnchors([given], { env: {}, signal: signal() }))
      expect(error).toMatchObject({ code: 'CARDEA_CONFIGURATION' })
      expect(String(error)).not.toMatch(/geheim/)
    }
    rmSync(empty)
  })
})

async function only<T>(list: Promise<readonly T[]>): Promise<[T]> {
  const [one] = await list
  if (one === undefined) throw new Error('nothing was read')
  return [one]
}
