/** `cardea login` and `cardea logout` against a real OpenID provider, as processes of their own. */
import { chmod, mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type Issuer, startIssuer } from '../support/issuer.js'
import { type Call, call, filesIn, program } from './program.js'
import { signInTo } from './sign-in.js'
import { inDirectory } from './support.js'

const PATIENCE = 120_000

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
  issuer.addUser('alice', { email: 'alice@corp.example', email_verified: true, groups: ['support'] })
})
afterEach(() => issuer.intercept(undefined))
afterAll(() => issuer.close())

type At = (name: string) => string

interface Kept {
  token: string
  refreshToken: string
  expiresAt: number
}

const env = (at: At, more: NodeJS.ProcessEnv = {}) => ({ CARDEA_HOME: at('home'), ...more })

async function loginArguments(at: At, ...more: readonly string[]): Promise<string[]> {
  await writeFile(at('ca.pem'), issuer.ca)
  const { url, publicClient, audience } = issuer
  const named = ['--issuer', url, '--client-id', publicClient, '--audience', audience]
  return ['login', ...named, '--ca', at('ca.pem'), ...more]
}

async function startLogin<C extends Call>(
  at: At,
  start: (argv: readonly string[], env: NodeJS.ProcessEnv) => C,
  more: NodeJS.ProcessEnv = {},
): Promise<{ login: C; code: string }> {
  const login = start(await loginArguments(at), env(at, more))
  return { login, code: await login.says(/enter the code (\S+)/) }
}

async function signIn(at: At): Promise<Kept> {
  await signInTo(issuer, at('home'), 'alice')
  return kept(at)
}

async function kept(at: At): Promise<Kept> {
  return JSON.parse(await readFile(at('home/sign-in.json'), 'utf8'))
}

async function expire(at: At): Promise<void> {
  const path = at('home/sign-in.json')
  const value = { ...(await kept(at)), expiresAt: Date.now() - 1 }
  await writeFile(path, JSON.stringify(value), { mode: 0o600 })
}

const whoami = (at: At, more: NodeJS.ProcessEnv = {}) => call(['whoami', '--json'], env(at, more)).ended()

describe('cardea login', () => {
  test(
    'shows where to sign in, keeps the tokens for the person alone, and prints none',
    () =>
      inDirectory(async at => {
        const { login, code } = await startLogin(at, program)
        expect(login.err()).toContain(`open ${issuer.url}/device`)
        const seen = login.arguments()
        await issuer.confirmDevice(code, 'alice')
        const { code: exit, out, err } = await login.ended()
        expect([exit, out]).toEqual([0, ''])
        expect(err).toContain(`signed in as alice (human) of ${issuer.url}`)
        const { token, refreshToken } = await kept(at)
        for (const secret of [token, refreshToken]) {
          expect(secret).toMatch(/./)
          expect(seen + out + err).not.toContain(secret)
        }
        expect((await stat(at('home'))).mode & 0o777).toBe(0o700)
        const files = filesIn(at('home'))
        const holding = files.filter(({ text }) => text.includes(token) || text.includes(refreshToken))
        expect(holding.map(({ path, mode }) => [path, mode])).toEqual([[at('home/sign-in.json'), 0o600]])
        expect(files.map(({ mode }) => mode & 0o077)).toEqual(files.map(() => 0))
      }),
    PATIENCE,
  )

  test(
    'waits longer when told to slow down, and through an outage',
    () =>
      inDirectory(async at => {
        const answers = ['slow_down', 'outage', 'authorization_pending']
        const polls: string[] = []
        issuer.intercept((request, response) => {
          if (request.url?.startsWith('/device/auth')) {
            response.setHeader('content-type', 'application/json').end(
              JSON.stringify({
                device_code: 'device-code-secret',
                user_code: 'AAAA-BBBB',
                verification_uri: `${issuer.url}/device`,
                expires_in: 300,
                interval: 0.1,
              }),
            )
            return true
          }
          if (!request.url?.startsWith('/token')) return false
          const answer = answers[polls.length] ?? 'access_denied'
          polls.push(answer)
          if (answer === 'outage') request.socket.destroy()
          else {
            response.writeHead(400, { 'content-type': 'application/json' })
            response.end(JSON.stringify({ error: answer, error_description: 'device-code-secret' }))
          }
          return true
        })
        const { login } = await startLogin(at, call)
        const { code, err } = await login.ended()
        expect(code).toBe(2)
        expect(err).toContain('Nobody signed in: the request was refused')
        expect(err).not.toContain('device-code-secret')
        expect(polls).toEqual([...answers, 'access_denied'])
      }),
    PATIENCE,
  )

  test(
    'ends on Ctrl-C and keeps nothing',
    () =>
      inDirectory(async at => {
        const { login } = await startLogin(at, program)
        login.child.kill('SIGINT')
        const { code, err } = await login.ended()
        expect([code, login.child.signalCode]).toEqual([2, null])
        expect(err).toContain('Signing in was stopped; nothing was kept.')
        await expect(stat(at('home/sign-in.json'))).rejects.toThrow()
      }),
    PATIENCE,
  )

  test(
    'keeps nothing when the person refuses',
    () =>
      inDirectory(async at => {
        const { login, code } = await startLogin(at, call)
        await issuer.denyDevice(code)
        expect(await login.ended()).toMatchObject({
          code: 2,
          err: expect.stringContaining('the request was refused'),
        })
        await expect(stat(at('home/sign-in.json'))).rejects.toThrow()
      }),
    PATIENCE,
  )

  test.each([
    ['an issuer over http', ['--issuer', 'http://127.0.0.1:1'], 'no https address'],
    ['an issuer that is none', ['--issuer', 'corp'], 'no https address'],
    ['an issuer that is not there', ['--issuer', 'https://127.0.0.1:1'], 'cannot be used'],
    ['a certificate file that is none', ['--ca', 'package.json'], 'no certificates'],
  ])('refuses %s', (_, change, words) =>
    inDirectory(async at => {
      const { code, out, err } = await call([...(await loginArguments(at)), ...change], env(at)).ended()
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain(words)
      expect(err).not.toMatch(/^\s+at /m)
    }),
  )

  test('does not trust an issuer that nobody vouches for', () =>
    inDirectory(async at => {
      const argv = (await loginArguments(at)).filter(word => word !== '--ca' && word !== at('ca.pem'))
      const { code, err } = await call(argv, env(at)).ended()
      expect(code).toBe(2)
      expect(err).toContain('cannot be used')
    }))

  test('opens nothing but https addresses', () =>
    inDirectory(async at => {
      issuer.intercept((request, response) => {
        if (!request.url?.startsWith('/device/auth')) return false
        const [device_code, user_code] = ['d', 'u']
        const verification_uri = 'javascript:alert(1)'
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ device_code, user_code, verification_uri, expires_in: 60 }))
        return true
      })
      const { code, err } = await call(await loginArguments(at), env(at)).ended()
      expect(code).toBe(2)
      expect(err).toContain('no https address')
      expect(err).not.toContain('javascript')
    }))
})

describe('a program with credentials of its own', () => {
  const PROGRAM = 'billing-bot'

  async function asProgram(at: At, secret: string, ...more: readonly string[]) {
    const argv = await loginArguments(at, '--client-credentials', '--client-id', PROGRAM, ...more)
    return call(argv, env(at, more.length === 0 ? { CARDEA_CLIENT_SECRET: secret } : {})).ended()
  }

  test(
    'signs in with the secret from the environment, which is kept nowhere',
    () =>
      inDirectory(async at => {
        const { secret } = issuer.addClient(PROGRAM)
        const { code, out, err } = await asProgram(at, secret)
        expect([code, out]).toEqual([0, ''])
        expect(err).toContain(`signed in as ${PROGRAM} (service)`)
        for (const { text } of filesIn(at('home'))) expect(text).not.toContain(secret)
        expect(err).not.toContain(secret)
        await expire(at)
        expect(await whoami(at)).toMatchObject({
          code: 2,
          err: expect.stringContaining('no client secret'),
        })
        expect(await whoami(at, { CARDEA_CLIENT_SECRET: secret })).toMatchObject({ code: 0 })
      }),
    PATIENCE,
  )

  test(
    'signs in again by itself with the secret in a file that nobody else may read',
    () =>
      inDirectory(async at => {
        const { secret } = issuer.addClient(PROGRAM)
        await writeFile(at('secret'), `${secret}\n`, { mode: 0o644 })
        const file = ['--client-secret-file', at('secret')]
        expect(await asProgram(at, secret, ...file)).toMatchObject({
          code: 2,
          err: expect.stringContaining('chmod 600'),
        })
        await chmod(at('secret'), 0o600)
        expect(await asProgram(at, secret, ...file)).toMatchObject({ code: 0 })
        const { token } = await kept(at)
        await expire(at)
        expect(await whoami(at)).toMatchObject({ code: 0 })
        expect((await kept(at)).token).not.toBe(token)
        for (const { text } of filesIn(at('home'))) expect(text).not.toContain(secret)
      }),
    PATIENCE,
  )

  test('is told when its secret is wrong, without repeating it', () =>
    inDirectory(async at => {
      issuer.addClient(PROGRAM)
      const { code, err } = await asProgram(at, 'a-wrong-secret')
      expect(code).toBe(2)
      expect(err).toContain('its secret is wrong')
      expect(err).not.toContain('a-wrong-secret')
    }))
})

describe('a sign-in that has expired', () => {
  test(
    'is renewed once, by whichever of many calls comes first, and the new refresh token is kept',
    () =>
      inDirectory(async at => {
        const before = await signIn(at)
        await expire(at)
        const from = issuer.requests.length
        const calls = await Promise.all(
          Array.from({ length: 3 }, () => program(['whoami', '--json'], env(at)).ended()),
        )
        for (const { code, err } of calls) expect([code, err]).toEqual([0, ''])
        const grants = issuer.requests.slice(from).filter(line => line === 'POST /token')
        expect(grants).toHaveLength(1)
        const after = await kept(at)
        expect(after.token).not.toBe(before.token)
        expect(after.refreshToken).not.toBe(before.refreshToken)
        // What was kept is good for the next time.
        await expire(at)
        expect(await whoami(at)).toMatchObject({ code: 0 })
      }),
    PATIENCE,
  )

  test(
    'stays as it is while the issuer is away, and says so',
    () =>
      inDirectory(async at => {
        await signIn(at)
        await expire(at)
        const before = await kept(at)
        await issuer.stop()
        try {
          const { code, out, err } = await whoami(at)
          expect([code, out]).toEqual([2, ''])
          expect(err).toContain('cannot be used')
          expect(err).not.toContain(before.refreshToken)
        } finally {
          await issuer.start()
        }
        expect(await kept(at)).toEqual(before)
        expect(await whoami(at)).toMatchObject({ code: 0 })
      }),
    PATIENCE,
  )

  test(
    'does not stay locked when a call is killed while it renews',
    () =>
      inDirectory(async at => {
        await signIn(at)
        await expire(at)
        const asked = new Promise<void>(resolve => {
          issuer.intercept(request => {
            if (request.url !== '/token') return false
            resolve()
            return true
          })
        })
        const killed = program(['whoami'], env(at))
        await asked
        killed.child.kill('SIGKILL')
        await killed.ended()
        issuer.intercept(undefined)
        expect(await whoami(at)).toMatchObject({ code: 0 })
      }),
    PATIENCE,
  )

  test(
    'says to sign in again when the issuer does not renew it',
    () =>
      inDirectory(async at => {
        const { refreshToken } = await signIn(at)
        await writeFile(
          at('home/sign-in.json'),
          JSON.stringify({ ...(await kept(at)), refreshToken: `${refreshToken}x`, expiresAt: 0 }),
        )
        const { code, err } = await whoami(at)
        expect(code).toBe(2)
        expect(err).toContain('cardea login')
        expect(err).not.toContain(refreshToken)
      }),
    PATIENCE,
  )
})

describe('what was kept is not taken', () => {
  const spoilt: readonly (readonly [string, (at: At) => Promise<unknown>, string])[] = [
    ['when others can read it', at => chmod(at('home/sign-in.json'), 0o640), 'open to other users'],
    ['when others can write it', at => chmod(at('home/sign-in.json'), 0o602), 'open to other users'],
    ['when others can enter the directory', at => chmod(at('home'), 0o755), 'open to other users'],
    [
      'through a symbolic link',
      async at => {
        await rename(at('home/sign-in.json'), at('elsewhere.json'))
        await symlink(at('elsewhere.json'), at('home/sign-in.json'))
      },
      'symbolic link',
    ],
    [
      'when it is a directory',
      async at => {
        await rename(at('home/sign-in.json'), at('elsewhere.json'))
        await mkdir(at('home/sign-in.json'))
      },
      'no regular file',
    ],
    ['when it is something else', at => writeFile(at('home/sign-in.json'), '{"token":"x"}'), 'sign in again'],
    ['when it is cut short', at => writeFile(at('home/sign-in.json'), '{"format":"car'), 'sign in again'],
  ]

  test.each(spoilt)(
    '%s',
    (_, spoil, words) =>
      inDirectory(async at => {
        const content = {
          format: 'cardea-sign-in/1',
          kind: 'person',
          issuer: issuer.url,
          clientId: 'c',
          token: 'kept-token',
          expiresAt: null,
        }
        await mkdir(at('home'), { mode: 0o700 })
        await writeFile(at('home/sign-in.json'), JSON.stringify(content), { mode: 0o600 })
        await spoil(at)
        const { code, out, err } = await whoami(at)
        expect([code, out]).toEqual([2, ''])
        expect(err).toContain(words)
        expect(err).not.toContain('kept-token')
      }),
    PATIENCE,
  )

  test('when it belongs to another user', () =>
    inDirectory(async at => {
      await signIn(at)
      const { geteuid } = process
      // Who asks is another one, which comes to the same and needs no second account.
      process.geteuid = () => (geteuid?.() ?? 0) + 1
      try {
        const { code, err } = await whoami(at)
        expect([code, err]).toEqual([2, expect.stringContaining('belongs to another user')])
      } finally {
        if (geteuid !== undefined) process.geteuid = geteuid
      }
    }))

  test('from a directory that depends on where one stands', async () => {
    const { code, err } = await call(['whoami'], { CARDEA_HOME: 'relative' }).ended()
    expect(code).toBe(2)
    expect(err).toContain('absolute')
  })
})

describe('cardea logout', () => {
  const logout = (at: At) => call(['logout'], env(at)).ended()

  test(
    'takes the tokens back at the issuer and deletes them',
    () =>
      inDirectory(async at => {
        const { refreshToken } = await signIn(at)
        const copy = await readFile(at('home/sign-in.json'), 'utf8')
        expect(await logout(at)).toMatchObject({ code: 0, err: expect.stringContaining('signed out') })
        for (const { text } of filesIn(at('home'))) expect(text).not.toContain(refreshToken)
        expect(await whoami(at)).toMatchObject({ code: 2, err: expect.stringContaining('cardea login') })
        // Whoever has a copy can renew nothing with it.
        await writeFile(at('home/sign-in.json'), copy, { mode: 0o600 })
        await expire(at)
        expect(await whoami(at)).toMatchObject({ code: 2 })
        expect(await logout(at)).toMatchObject({ code: 0 })
        expect(await logout(at)).toMatchObject({ code: 0, err: 'nobody was signed in\n' })
      }),
    PATIENCE,
  )

  test(
    'deletes them also when the issuer is away, and says that they live on',
    () =>
      inDirectory(async at => {
        await signIn(at)
        await issuer.stop()
        try {
          const { code, err } = await logout(at)
          expect(code).toBe(2)
          expect(err).toContain('did not take back the refresh token and the access token')
        } finally {
          await issuer.start()
        }
        await expect(stat(at('home/sign-in.json'))).rejects.toThrow()
      }),
    PATIENCE,
  )
})

describe('where it is kept', () => {
  test(
    'is the state directory of the user when nothing else is said',
    () =>
      inDirectory(async at => {
        const { login, code } = await startLogin(at, program, { CARDEA_HOME: '', HOME: at('person') })
        await issuer.confirmDevice(code, 'alice')
        expect(await login.ended()).toMatchObject({ code: 0 })
        const place = join(at('person'), '.local', 'state', 'cardea')
        expect((await stat(join(place, 'sign-in.json'))).mode & 0o777).toBe(0o600)
        expect((await stat(place)).mode & 0o777).toBe(0o700)
      }),
    PATIENCE,
  )
})
