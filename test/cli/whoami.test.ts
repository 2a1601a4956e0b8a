/** `cardea whoami`: what is shown is what the issuer's keys vouch for, and nothing else. */
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import { type Issuer, startIssuer } from '../support/issuer.js'
import { call } from './program.js'
import { signInTo } from './sign-in.js'
import { inDirectory } from './support.js'

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
  issuer.addUser('alice', {
    name: 'Alice',
    email: 'alice@corp.example',
    email_verified: true,
    groups: ['support', 'dba'],
    amr: ['pwd', 'otp'],
    acr: 'mfa',
    nested: { groups: ['deep'] },
  })
})
afterAll(() => issuer.close())

const whoami = (at: (name: string) => string, argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}) =>
  call(['whoami', ...argv], { CARDEA_HOME: at('home'), ...env }).ended()

describe('cardea whoami', () => {
  test('says who the person is, for people and for programs, and prints no token', () =>
    inDirectory(async at => {
      const token = await signInTo(issuer, at('home'), 'alice')
      const { code, out, err } = await whoami(at)
      expect([code, err]).toEqual([0, ''])
      expect(out.split('\n')).toEqual([
        'alice (human)',
        `  issuer: ${issuer.url}`,
        '  name: Alice',
        '  e-mail: alice@corp.example',
        '  groups: support, dba',
        '  signed in by (amr): pwd, otp',
        '  assurance (acr): mfa',
        expect.stringMatching(/^ {2}until: \d{4}-\d\d-\d\dT.*Z$/),
        '',
      ])
      const json = await whoami(at, ['--json'])
      expect(JSON.parse(json.out)).toMatchObject({
        subject: 'alice',
        issuer: issuer.url,
        kind: 'human',
        groups: ['support', 'dba'],
        amr: ['pwd', 'otp'],
        acr: 'mfa',
        expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      })
      for (const part of token.split('.')) expect(out + json.out).not.toContain(part)
    }))

  test('takes groups from where it is told', () =>
    inDirectory(async at => {
      await signInTo(issuer, at('home'), 'alice')
      const { out } = await whoami(at, ['--groups-claim', 'nested.groups', '--json'])
      expect(JSON.parse(out).groups).toEqual(['deep'])
    }))

  test('takes a token from the environment, which comes first, and never from an argument', () =>
    inDirectory(async at => {
      await signInTo(issuer, at('home'), 'alice')
      const token = await issuer.clientToken('nightly')
      const { out } = await whoami(at, ['--json'], { CARDEA_TOKEN: ` ${token}\n` })
      expect(JSON.parse(out)).toMatchObject({ subject: 'nightly', kind: 'service' })
      expect((await whoami(at, ['--token', token])).code).toBe(2)
    }))

  test('judges a token without any login by what it is told', () =>
    inDirectory(async at => {
      await writeFile(at('ca.pem'), issuer.ca)
      const env = { CARDEA_TOKEN: await issuer.clientToken('nightly') }
      const named = ['--issuer', issuer.url, '--ca', at('ca.pem')]
      expect(await whoami(at, [...named, '--audience', issuer.audience], env)).toMatchObject({ code: 0 })
      expect(await whoami(at, named, env)).toMatchObject({
        code: 2,
        err: expect.stringContaining('--audience'),
      })
      expect(await whoami(at, [], env)).toMatchObject({ code: 2, err: expect.stringContaining('issuer') })
    }))

  test('believes no token that the issuer’s keys do not vouch for, and repeats nothing of it', () =>
    inDirectory(async at => {
      const token = await signInTo(issuer, at('home'), 'alice')
      const claims = decodeJwt(token)
      const [head, body, signature] = token.split('.')
      const wrong = {
        expired: await issuer.sign({ ...claims, iat: 1_000_000_000, exp: 1_000_000_600 }),
        'of another audience': await issuer.sign({ ...claims, aud: 'https://other.example' }),
        'of another issuer': await issuer.sign({ ...claims, iss: 'https://other.example' }),
        changed: `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url')}.${signature}`,
        unsigned: `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${body}.`,
        'no token': 'not-a-token-at-all',
      }
      for (const [what, presented] of Object.entries(wrong)) {
        const { code, out, err } = await whoami(at, [], { CARDEA_TOKEN: presented })
        expect([what, code, out]).toEqual([what, 2, ''])
        expect(err).toContain('CARDEA_IDENTITY_REFUSED')
        for (const part of presented.split('.').filter(each => each !== '')) expect(err).not.toContain(part)
      }
    }))

  test('says to sign in when nobody is', () =>
    inDirectory(async at => {
      const { code, out, err } = await whoami(at)
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain('cardea login')
    }))

  test('cannot say anything while the issuer is away', () =>
    inDirectory(async at => {
      await signInTo(issuer, at('home'), 'alice')
      await issuer.stop()
      try {
        expect(await whoami(at)).toMatchObject({ code: 2, out: '' })
      } finally {
        await issuer.start()
      }
    }))
})
