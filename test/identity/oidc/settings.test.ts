/** Options that cannot be meant, and secrets that must not be seen. */
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { exportPKCS8, generateKeyPair } from 'jose'
import { ConfigurationError } from '../../../src/errors.js'
import { identify } from '../../../src/identity/identify.js'
import { oidc } from '../../../src/identity/oidc/oidc.js'
import { type OidcOptions, readSettings } from '../../../src/identity/oidc/settings.js'
import type { Submission } from '../../../src/model/submission.js'
import { systemClock } from '../../../src/util/clock.js'
import { type Issuer, startIssuer } from '../../support/issuer.js'
import { everything, goodClaims, trusting } from './world.js'

const good: OidcOptions = { issuer: 'https://login.corp.example', audience: 'https://db.corp.example' }

describe('options', () => {
  test.each([
    ['no issuer', { issuer: undefined }, 'issuer must be a URL'],
    ['an issuer that is no URL', { issuer: 'login.corp.example' }, 'issuer must be a URL'],
    ['an issuer over http', { issuer: 'http://login.corp.example' }, 'https only'],
    ['no audience', { audience: undefined }, 'audience is needed'],
    ['an empty audience', { audience: '' }, 'audience is needed'],
    ['no audiences', { audience: [] }, 'audience is needed'],
    ['an empty one among audiences', { audience: ['a', ''] }, 'audience is needed'],
    ['the algorithm none', { algorithms: ['RS256', 'none'] }, 'proves nothing'],
    ['a shared secret', { algorithms: ['HS256'] }, 'can make one'],
    ['an unknown algorithm', { algorithms: ['RS1'] }, 'algorithms may name'],
    ['no algorithm', { algorithms: [] }, 'algorithms may name'],
    ['an unknown kind of token', { tokenType: 'any' }, 'tokenType must be'],
    ['ID tokens of anybody', { tokenType: 'id-token' }, 'needs accept'],
    ['an unknown binding', { binding: 'never' }, 'binding must be'],
    ['a great skew', { clockSkewMs: 300_001 }, 'clockSkewMs must be'],
    ['a negative skew', { clockSkewMs: -1 }, 'clockSkewMs must be'],
    ['half a length', { maxTokenLength: 512.5 }, 'maxTokenLength must be'],
    ['an endless life', { maxLifetimeMs: Number.POSITIVE_INFINITY }, 'maxLifetimeMs must be'],
    ['no time', { timeoutMs: 0 }, 'timeoutMs must be'],
    ['a time in words', { timeoutMs: '5s' }, 'timeoutMs must be'],
    ['no groups claim', { groupsClaim: [] }, 'groupsClaim must be'],
    ['a client without a secret', { introspection: { clientId: 'x' } }, 'introspection needs'],
    ['a client without an id', { introspection: { clientSecret: 'x' } }, 'introspection needs'],
    [
      'a key without an algorithm',
      { introspection: { clientId: 'x', privateKey: 'y' } },
      'introspection.algorithm',
    ],
    [
      'a torn key',
      {
        introspection: {
          clientId: 'x',
          privateKey: '-----BEGIN PRIVATE KEY-----\nMEECAQAwEwYHKoZIzj0CAQ==\n-----END PRIVATE KEY-----',
          algorithm: 'ES256',
        },
      },
      'introspection.privateKey is not',
    ],
  ])('with %s are refused at once', (_, changed, reason) => {
    const options = { ...good, ...changed } as OidcOptions
    expect(() => oidc(options)).toThrow(ConfigurationError)
    expect(() => oidc(options)).toThrow(reason)
  })

  test('that are left out have defaults, also when they are undefined', () => {
    const settings = readSettings({
      ...good,
      ...({ clockSkewMs: undefined, algorithms: undefined } as object),
    })
    expect(settings).toMatchObject({
      tokenType: 'at+jwt',
      clockSkewMs: 30_000,
      maxTokenLength: 16_384,
      maxLifetimeMs: 86_400_000,
      binding: 'whenPresent',
      singleUse: false,
      trustEmail: false,
      allowInsecureLoopback: false,
      timeoutMs: 5000,
      groupsPath: ['groups'],
    })
    expect(settings.algorithms).not.toContain('HS256')
  })
})

describe('a secret', () => {
  let issuer: Issuer
  beforeAll(async () => {
    issuer = await startIssuer({ algorithm: 'ES256' })
  })
  afterAll(() => issuer.close())

  test('shows in no view of the provider', async () => {
    const pem = await exportPKCS8((await generateKeyPair('ES256', { extractable: true })).privateKey)
    const clientSecret = 'hush-hush-hush-hush'
    for (const introspection of [
      { clientId: 'x', clientSecret },
      { clientId: 'x', privateKey: pem, algorithm: 'ES256' },
    ]) {
      const identity = trusting(issuer, { introspection })
      await identity.verify(await issuer.sign(goodClaims(issuer)))
      const views = [
        inspect(identity, { depth: null, showHidden: true, getters: true }),
        JSON.stringify(identity),
        String(identity),
        inspect(identity.verify, { showHidden: true, depth: null }),
      ].join()
      expect(views).toContain('oidc 127.0.0.1')
      expect(views).not.toContain('hush')
      expect(views).not.toContain(pem.slice(40, 60))
    }
  })

  test('shows in no error, whatever goes wrong with the issuer', async () => {
    const clientSecret = 'hush-hush-hush-hush'
    const token = 'opaque-opaque-opaque-opaque'
    const answers: ((path: string) => [number, string] | 'cut')[] = [
      () => 'cut',
      path => (path.includes('intro') ? 'cut' : [0, '']),
      path =>
        path.includes('intro')
          ? [401, `{"error":"${clientSecret}","error_description":"${token}"}`]
          : [0, ''],
      path =>
        path.includes('intro')
          ? [400, `{"error":"invalid_request","error_description":"${token}"}`]
          : [0, ''],
      path => (path.includes('intro') ? [200, `{"active":true,"sub":"${token}","exp":"${token}"}`] : [0, '']),
      path => (path.includes('intro') ? [200, `${token}${clientSecret}`] : [0, '']),
      () => [500, `${token}${clientSecret}`],
      () => [200, `{"issuer":"https://${token}.example","jwks_uri":"https://${clientSecret}"}`],
    ]
    for (const answer of answers) {
      issuer.intercept((request, response) => {
        const given = answer(request.url ?? '')
        if (given === 'cut') response.destroy()
        else if (given[0] === 0) return false
        else response.writeHead(given[0], { 'content-type': 'application/json' }).end(given[1])
        return true
      })
      const identity = trusting(issuer, { introspection: { clientId: 'x', clientSecret } })
      const errors = await Promise.all([
        identity.verify(token).catch((error: unknown) => error),
        identity.verify({ kind: 'token', token }).catch((error: unknown) => error),
      ])
      const [first] = errors
      expect(first).toBeInstanceOf(Error)
      for (const error of errors.filter(thrown => thrown !== null)) {
        expect(everything(error)).not.toContain('hush')
        expect(everything(error)).not.toContain('opaque-opaque')
      }
    }
    issuer.intercept(undefined)
  })

  test('and a claim show in no refusal of the pipeline', async () => {
    const identity = trusting(issuer)
    const token = await issuer.sign(
      goodClaims(issuer, { sub: 'secret-subject', aud: 'https://secret.example' }),
    )
    const submission = { credentials: { kind: 'token', token } } as Submission
    const refused = await identify(submission, identity, systemClock)
    expect(refused).toMatchObject({ refused: true, code: 'CARDEA_IDENTITY_REFUSED' })
    expect(inspect(refused, { depth: null })).not.toMatch(/secret|eyJ/)
  })
})
