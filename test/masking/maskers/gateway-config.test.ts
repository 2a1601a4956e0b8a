/** The key in a gateway's configuration. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { differences } from '../../../src/gateway/config/differences.js'
import { loadGatewayConfig } from '../../../src/gateway/config/load.js'
import { Secret } from '../../../src/gateway/config/secret.js'
import { trialConfig } from '../../../src/gateway/config/trial.js'

const KEY = Buffer.from('a key of thirty-two bytes or more!').toString('base64')
const GOOD = `version: 1
dataSources:
  billing: { url: 'sqlite:billing.db', environment: production }
policy: policy.yaml
masking: { key: { env: MASKING_KEY }, id: k1 }
audit: { directory: audit }
identity: { oidc: { issuer: 'https://login.corp.example', audience: db } }
store: memory
http: { port: 8443 }
`
let directory: string
const write = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text)
  chmodSync(join(directory, name), 0o600)
  return join(directory, name)
}
const load = (text: string, key = KEY) => loadGatewayConfig(write('cardea.yaml', text), { MASKING_KEY: key })
const problems = async (text: string, key?: string): Promise<readonly string[]> =>
  load(text, key).then(
    () => [],
    (error: { problems?: readonly string[] }) => error.problems ?? [String(error)],
  )

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cardea-config-'))
  write('policy.yaml', 'version: 1\nmaskers: { ssn: hash, email: tokenise }\n')
  write('other.yaml', 'version: 1\nmaskers: { age: { generalise: 10 } }\n')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('a configuration', () => {
  test('has a key, which no view of it shows', async () => {
    const config = await load(GOOD)
    expect(config.masking?.key.reveal()).toBe(KEY)
    expect(config.masking?.id).toBe('k1')
    const views = `${inspect(config, { depth: 9, showHidden: true })} ${JSON.stringify(config)}`
    expect(views).not.toContain(KEY)
    expect(views).not.toContain('thirty-two')
  })

  test('needs one for a policy that hashes, and only for that', async () => {
    const without = GOOD.replace(/masking.*\n/, '')
    expect(await problems(without)).toEqual([
      'cardea.yaml:4:1 policy: masks ssn, email by hash or tokenise, which need a key: masking: { key }',
    ])
    const named = without
      .replace('production }', 'production, policy: policy.yaml }')
      .replace(/\npolicy.*/, '')
    expect(await problems(named)).toEqual([
      expect.stringMatching(/^cardea\.yaml:3:\d+ dataSources\.billing\.policy: masks ssn, email by hash/),
    ])
    expect(await problems(without.replace('policy.yaml', 'other.yaml'))).toEqual([])
  })

  test.each([
    [
      'too short',
      GOOD,
      Buffer.alloc(31, 'abc').toString('base64'),
      /^cardea\.yaml:5:12 masking\.key: .*32 random bytes/,
    ],
    ['of zeros', GOOD, Buffer.alloc(32).toString('base64'), /masking\.key: .*32 random bytes/],
    ['of a name that holds a card number', GOOD.replace('k1', 'k4111111111111111'), KEY, /masking\.id: /],
    ['written out', GOOD.replace('{ env: MASKING_KEY }', KEY), KEY, /masking\.key: a secret is written/],
  ])('a key %s is refused, and not repeated', async (_name, text, key, message) => {
    const found = await problems(text, key)
    expect(found).toContainEqual(expect.stringMatching(message))
    expect(found.join()).not.toContain(key)
    expect(found.join()).not.toContain('4111111111111111')
  })

  test('with another key takes a restart', async () => {
    const other = Buffer.from('another key of thirty-two bytes...').toString('base64')
    expect(differences(await load(GOOD), await load(GOOD, other)).fixed).toEqual(['masking.key'])
  })
})

test('a trial that reads its policy again keeps its key', async () => {
  const options = {
    upstream: 'postgres://bot@127.0.0.1/billing',
    policy: join(directory, 'policy.yaml'),
    listen: '127.0.0.1:6432',
    audit: directory,
    subject: 'bot',
    roles: [],
    token: new Secret('t'),
    maskingKey: new Secret(Buffer.alloc(32, 9).toString('base64')),
  }
  const [one, again] = [await trialConfig(options, {}), await trialConfig(options, {})]
  expect(one.masking?.key.reveal()).toBe(options.maskingKey.reveal())
  expect(differences(one, again).fixed).toEqual([])
})
