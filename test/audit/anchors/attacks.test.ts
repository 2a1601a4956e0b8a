/** Each kind of anchor, with a real peer: what a trail cannot show by itself is caught by what the anchor holds. */
import { execFileSync } from 'node:child_process'
import { cpSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Anchor } from '../../../src/audit/anchors/anchor.js'
import { fileAnchor } from '../../../src/audit/anchors/file.js'
import { gitAnchor } from '../../../src/audit/anchors/git.js'
import { httpAnchor } from '../../../src/audit/anchors/http.js'
import { type AnchorReading, readAnchors } from '../../../src/audit/anchors/read.js'
import { rfc3161Anchor } from '../../../src/audit/anchors/rfc3161.js'
import { s3Anchor } from '../../../src/audit/anchors/s3.js'
import { syslogAnchor } from '../../../src/audit/anchors/syslog.js'
import { type Rsyslog, startRsyslog } from '../../support/servers/rsyslog.js'
import { type S3Server, startS3 } from '../../support/servers/s3.js'
import { startTsa, type TimeStampingAuthority } from '../../support/servers/tsa.js'
import { type Attacked, attackedTrails, ORIGIN, type Place, place, signal, verified } from './kit.js'

interface Peers {
  readonly work: Place
  readonly rsyslog: Rsyslog
  readonly s3: S3Server
  readonly tsa: TimeStampingAuthority
  readonly web: Server
  /** Bodies that the web service was sent. */
  readonly posted: string[]
}

let peers: Peers

beforeAll(async () => {
  const posted: string[] = []
  const web = createServer((request, response) => {
    response.setHeader('connection', 'close')
    if (request.method === 'GET') {
      response.end(posted.join('\n'))
      return
    }
    let body = ''
    request.on('data', chunk => {
      body += String(chunk)
    })
    request.on('end', () => {
      posted.push(body)
      response.end('kept')
    })
  })
  await new Promise<void>(done => web.listen(0, '127.0.0.1', done))
  const [rsyslog, s3, tsa] = await Promise.all([startRsyslog(), startS3(), startTsa()])
  peers = { work: place(), rsyslog, s3, tsa, web, posted }
}, 300_000)

afterAll(async () => {
  peers.work.remove()
  peers.web.closeAllConnections()
  await Promise.all([
    peers.rsyslog.stop(),
    peers.s3.stop(),
    peers.tsa.stop(),
    new Promise(done => peers.web.close(done)),
  ])
})

interface Kind {
  readonly name: string
  make(): Promise<{ readonly anchor: () => Anchor; read(trail: string): Promise<readonly AnchorReading[]> }>
}

const kinds: readonly Kind[] = [
  {
    name: 'file',
    make: async () => {
      const path = join(peers.work.path, 'anchor.jsonl')
      writeFileSync(path, '')
      return { anchor: () => fileAnchor({ path }), read: () => readAnchors([path], { signal: signal() }) }
    },
  },
  {
    name: 'http',
    make: async () => {
      const address = peers.web.address()
      const port = address !== null && typeof address === 'object' ? address.port : 0
      const url = `http://127.0.0.1:${port}/`
      const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
      return {
        anchor: () => httpAnchor({ url, secret }),
        read: () => readAnchors([url], { signal: signal() }),
      }
    },
  },
  {
    name: 'syslog',
    make: async () => {
      const { tlsPort: port, ca } = peers.rsyslog
      const kept = join(peers.work.path, 'syslog.log')
      return {
        anchor: () => syslogAnchor({ host: '127.0.0.1', port, tls: { ca } }),
        read: async () => {
          writeFileSync(kept, peers.rsyslog.messages().join('\n'))
          return readAnchors([kept], { signal: signal() })
        },
      }
    },
  },
  {
    name: 'git',
    make: async () => {
      const remote = join(peers.work.path, 'witness.git')
      execFileSync('git', ['init', '-q', '--bare', remote])
      execFileSync('git', ['-C', remote, 'config', 'receive.denyNonFastForwards', 'true'])
      return {
        anchor: () => gitAnchor({ remote }),
        read: () => readAnchors([remote], { signal: signal() }),
      }
    },
  },
  {
    name: 's3',
    make: async () => {
      const { endpoint, region, credentials } = peers.s3
      const bucket = `trail-${process.pid}`
      await peers.s3.makeBucket(bucket, true)
      const env = {
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      }
      return {
        anchor: () => s3Anchor({ bucket, region, endpoint, credentials, prefix: 'trail/', retainDays: 1 }),
        read: () => readAnchors([`s3://${bucket}/trail`], { env, signal: signal() }),
      }
    },
  },
  {
    name: 'rfc3161',
    make: async () => {
      const { url, ca } = peers.tsa
      const kept = join(peers.work.path, 'receipts')
      return {
        anchor: () => rfc3161Anchor({ url, ca }),
        read: async trail => {
          cpSync(join(trail, 'anchors'), kept, { recursive: true })
          return readAnchors([kept], { ca, signal: signal() })
        },
      }
    },
  },
]

describe.each(kinds)('a trail anchored by $name', ({ name, make }) => {
  let trails: Attacked
  let readings: readonly AnchorReading[]

  beforeAll(async () => {
    const { anchor, read } = await make()
    trails = await attackedTrails(join(peers.work.path, `trails-${name}`), anchor)
    readings = await read(trails.whole)
  })

  test('is whole, and anchored', async () => {
    const report = await verified(trails.whole, readings)
    expect(report).toMatchObject({ status: 'whole', unanchored: false })
    expect(report.firstBad).toBeUndefined()
    const [{ checkpoints, unsound }] = readings as [AnchorReading]
    expect(checkpoints.every(({ origin }) => origin.startsWith(`${ORIGIN}/`))).toBe(true)
    expect(checkpoints.length).toBeGreaterThanOrEqual(4)
    expect(unsound).toEqual([])
  })

  test.each([
    'the newest segment and its checkpoint are deleted',
    'an old backup is put back',
    'everything is written anew with the root key',
    'an old backup is put back and written on, so that there are two histories',
  ])('is caught when %s', async attack => {
    const directory = trails.attacks[attack] ?? ''
    expect(await verified(directory, [])).not.toMatchObject({ status: 'tampered' })
    const report = await verified(directory, readings)
    expect(report).toMatchObject({ status: 'tampered', unanchored: true })
    expect(report.firstBad?.reason).toMatch(/kept elsewhere/)
  })
})
