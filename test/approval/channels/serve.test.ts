import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { HttpChannel } from '../../../src/approval/channels/http-channel.js'
import { inboxApproval } from '../../../src/approval/channels/inbox/inbox.js'
import { type ApprovalServer, serveApprovals } from '../../../src/approval/channels/serve.js'
import { teamsApproval } from '../../../src/approval/channels/teams/teams.js'
import { ConfigurationError } from '../../../src/errors.js'
import { certificateAuthority } from '../../support/issuer/certificates.js'
import { bob, handClock, passed } from '../desk-kit.js'
import { deskWith, eventually } from './kit.js'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function served(
  channels: readonly HttpChannel[],
  options: Partial<Parameters<typeof serveApprovals>[0]> = {},
): Promise<ApprovalServer> {
  const server = await serveApprovals({ channels, port: 0, ...options })
  closing.push(() => server.close())
  return server
}

async function servedInbox() {
  const clock = handClock()
  const inbox = inboxApproval({ authenticate: async token => (token === 'bob-token' ? bob : null), clock })
  const desk = await deskWith([inbox], clock)
  closing.push(() => desk.close())
  return { desk, inbox, server: await served([inbox]) }
}

/** A channel that does what the test says. */
function channel(path: string, handle: HttpChannel['handle']): HttpChannel {
  return { name: path.slice(1), path, open: () => {}, announce: async () => {}, handle }
}

const echo = (path: string): HttpChannel =>
  channel(path, async request => new Response(`${path} ${request.method} ${await request.text()}`))

interface Said {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

function call(
  server: ApprovalServer,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string; ca?: string } = {},
): Promise<Said> {
  const { method = 'GET', headers = {}, body, ca } = options
  const send = server.url.startsWith('https') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const sent = send(`${server.url}${path}`, { method, headers, ca, agent: false }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', chunk => {
        text += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** What comes back for bytes that no client library would send. */
function raw(server: ApprovalServer, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = ''
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text))
    socket.on('data', chunk => {
      reply += chunk
    })
    socket.on('close', () => resolve(reply))
    socket.on('error', reject)
  })
}

const bearer = { authorization: 'Bearer bob-token', 'content-type': 'application/json' }

describe('a served inbox', () => {
  test('takes an answer over a real connection, and the statement passes', async () => {
    const { desk, server } = await servedInbox()
    const { id, outcome } = await desk.ask()
    const list = await call(server, '/approvals', { headers: bearer })
    expect(JSON.parse(list.body)).toMatchObject({ approvals: [{ id, state: 'pending' }] })
    const body = JSON.stringify({ decision: 'approved', reason: 'ticket 42' })
    const answer = await call(server, `/approvals/${id}/answer`, { method: 'POST', headers: bearer, body })
    expect(JSON.parse(answer.body)).toMatchObject({ counted: true, state: 'approved' })
    passed(await outcome)
  })

  test('streams changes as they happen, and ends the stream when the server closes', async () => {
    const { desk, server } = await servedInbox()
    let text = ''
    let ended = false
    const sent = httpRequest(`${server.url}/approvals/events`, { headers: bearer }, response => {
      response.setEncoding('utf8')
      response.on('data', chunk => {
        text += chunk
      })
      response.on('close', () => {
        ended = true
      })
      response.on('error', () => {})
    })
    sent.on('error', () => {})
    sent.end()
    await eventually(() => text.includes(': here'))
    const { id } = await desk.ask()
    await eventually(() => text.includes(JSON.stringify({ id })))
    await server.close()
    await eventually(() => ended)
  })

  test('a reader who goes away makes room for another', async () => {
    const { server } = await servedInbox()
    // More than one person may have open at once; the server learns of each end a moment later.
    for (let round = 0; round < 20; round++) await eventually(() => opensAndLeaves(server))
  })
})

function opensAndLeaves(server: ApprovalServer): Promise<boolean> {
  return new Promise(resolve => {
    const sent = httpRequest(
      `${server.url}/approvals/events`,
      { headers: bearer, agent: false },
      response => {
        response.on('error', () => {})
        response.once('data', () => {
          sent.destroy()
          resolve(response.statusCode === 200)
        })
      },
    )
    sent.on('error', () => {})
    sent.end()
  })
}

describe('a server', () => {
  test('gives each channel its own path, and nothing else', async () => {
    const server = await served([echo('/one'), echo('/two')])
    expect((await call(server, '/one')).body).toBe('/one GET ')
    expect((await call(server, '/two/deep?x=1', { method: 'POST', body: 'hi' })).body).toBe('/two POST hi')
    for (const path of ['/', '/onetwo', '/three', '/one%2F', '//one']) {
      const { status, body } = await call(server, path)
      expect([status, JSON.parse(body)]).toEqual([
        404,
        { error: { code: 'not_found', message: 'There is nothing here.' } },
      ])
    }
  })

  test('sets headers that keep answers out of caches and frames', async () => {
    const server = await served([echo('/one')])
    for (const path of ['/one', '/missing']) {
      expect((await call(server, path)).headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
    }
  })

  test('does not let the caller choose the host', async () => {
    const server = await served([channel('/one', async ({ url }) => new Response(url))])
    const { body } = await call(server, '/one', { headers: { host: 'evil.example' } })
    expect(body).toBe('http://localhost/one')
  })

  test('takes 64 KiB and no more', async () => {
    const server = await served([echo('/one')])
    const fits = await call(server, '/one', { method: 'POST', body: 'x'.repeat(64 * 1024) })
    expect(fits.status).toBe(200)
    const over = await call(server, '/one', { method: 'POST', body: 'x'.repeat(64 * 1024 + 1) })
    expect([over.status, over.headers['connection']]).toEqual([413, 'close'])
    const unannounced = await raw(
      server,
      `POST /one HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${'4000\r\n'.concat('x'.repeat(0x4000), '\r\n').repeat(6)}`,
    )
    expect(unannounced).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('says nothing of what went wrong in a channel', async () => {
    const server = await served([
      channel('/one', async () => {
        throw new Error('secret xoxb-1234 in /etc/cardea')
      }),
    ])
    const { status, body } = await call(server, '/one')
    expect(status).toBe(500)
    expect(body).not.toMatch(/xoxb|etc|at /)
  })

  test('survives what is no HTTP, and stays polite', async () => {
    const server = await served([echo('/one')])
    expect(await raw(server, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    expect(await raw(server, `GET /one HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(32 * 1024)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    )
    expect(
      await raw(server, 'GET http://evil.example/one HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    ).toMatch(/^HTTP\/1\.1 404 /)
    expect(await raw(server, 'TRACE /one HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    )
    expect(
      await raw(
        server,
        'POST /one HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 400 /)
    expect((await call(server, '/one')).status).toBe(200)
  })

  test('does not merge two credentials into one', async () => {
    const { server } = await servedInbox()
    const reply = await raw(
      server,
      'GET /approvals HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer bob-token\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n',
    )
    expect(reply).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('lets what is under way finish when it closes, and takes nothing new', async () => {
    let finish = (): void => {}
    const slow = new Promise<void>(resolve => {
      finish = resolve
    })
    let entered = false
    const server = await served([
      channel('/one', async () => {
        entered = true
        await slow
        return new Response('done')
      }),
    ])
    const underWay = call(server, '/one')
    await eventually(() => entered)
    const closed = server.close()
    await expect(call(server, '/one')).rejects.toThrow()
    finish()
    expect((await underWay).body).toBe('done')
    await closed
  })
})

describe('over TLS', () => {
  test('serves off this machine', async () => {
    const authority = certificateAuthority()
    const { key, cert } = authority.issue('localhost')
    const server = await served([echo('/one')], { host: '0.0.0.0', tls: { key, cert: Buffer.from(cert) } })
    expect(server.url).toBe(`https://0.0.0.0:${server.port}`)
    const here = { ...server, url: `https://localhost:${server.port}` }
    const { body, headers } = await call(here, '/one', { ca: authority.cert })
    expect(body).toBe('/one GET ')
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
    await expect(call({ ...server, url: `http://localhost:${server.port}` }, '/one')).rejects.toThrow()
  })

  test.each(['0.0.0.0', '::', '192.0.2.1', 'example.com', '127.0.0.1.example.com', ''])(
    'is demanded on "%s"',
    async host => {
      await expect(serveApprovals({ channels: [echo('/one')], port: 0, host })).rejects.toThrow(
        ConfigurationError,
      )
    },
  )
})

describe('what cannot be served', () => {
  test.each([
    ['nothing', []],
    ['two channels at one path', [echo('/one'), echo('/one')]],
    ['a channel without answers', [teamsApproval({ url: 'https://teams.example/hook' }) as never]],
  ])('%s', async (_, channels) => {
    await expect(serveApprovals({ channels, port: 0 })).rejects.toThrow(ConfigurationError)
  })

  test('a port that is taken', async () => {
    const { port } = await served([echo('/one')])
    await expect(serveApprovals({ channels: [echo('/one')], port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })
})
