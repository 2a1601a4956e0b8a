/** `audit.anchors` of a configuration: each kind, what is wrong with one, and no secret repeated. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openAuditAnchor } from '../../src/gateway/config/audit-anchors-open.js'
import { loadGatewayConfig } from '../../src/gateway/config/load.js'
import { certificateAuthority } from '../support/issuer/certificates.js'

const SECRET = 'hunter2-hunter2'
const env = {
  HOOK: `whsec_${Buffer.alloc(32, SECRET).toString('base64')}`,
  BAD_HOOK: SECRET,
  ACCESS: 'AKIAX',
  SECRET_KEY: SECRET,
}

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cardea-anchors-config-'))
  writeFileSync(join(directory, 'policy.yaml'), 'version: 1\nextends: pci-baseline\n')
  writeFileSync(join(directory, 'ca.pem'), certificateAuthority().issue('tsa').cert)
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function load(anchors: string) {
  const path = join(directory, 'cardea.yaml')
  const text = `version: 1
dataSources: { billing: { url: 'postgres://cardea@db.internal/billing', environment: production } }
policy: policy.yaml
audit:
  directory: audit
  anchors:
${anchors}
identity: { oidc: { issuer: https://login.corp.example, audience: https://db.corp.example } }
store: memory
http: { port: 8443 }
`
  writeFileSync(path, text, { mode: 0o600 })
  return loadGatewayConfig(path, env)
}

const S3 =
  'bucket: corp-trail, region: eu-central-1, accessKeyId: { env: ACCESS }, secretAccessKey: { env: SECRET_KEY }'

describe('the anchors of a configuration', () => {
  test('are of six kinds, with names of their own and secrets that nobody sees', async () => {
    const { audit } = await load(`    - { file: kept.jsonl }
    - { http: { url: 'https://siem.example/', secret: { env: HOOK } } }
    - { name: second, every: 10m, http: { url: 'https://siem.example/', token: { env: SECRET_KEY } } }
    - { syslog: { host: logs.example, port: 6514, ca: ca.pem } }
    - { git: { remote: 'ssh://git@witness.example/x.git', branch: trail } }
    - { s3: { ${S3}, prefix: a/, days: 400 } }
    - { every: 1h, rfc3161: { url: 'https://tsa.example/', ca: ca.pem } }`)
    const anchors = audit.anchors.map(config => openAuditAnchor(config))
    expect(anchors.map(({ name, everyMs }) => [name, everyMs])).toEqual([
      ['file', 0],
      ['http', 0],
      ['second', 600_000],
      ['syslog', 0],
      ['git', 0],
      ['s3', 0],
      ['rfc3161', 3_600_000],
    ])
    expect(audit.anchors[0]?.place).toEqual({ kind: 'file', path: join(directory, 'kept.jsonl') })
    expect(inspect(audit, { depth: 9 })).not.toMatch(new RegExp(`${SECRET}|whsec_`))
    expect(JSON.stringify(audit)).not.toMatch(new RegExp(`${SECRET}|whsec_`))
  })

  test.each([
    ['- { file: a, git: { remote: x } }', /needs one of file, http, syslog, git, s3, rfc3161, and no two/],
    ['- { every: 1m }', /needs one of/],
    ['- { tape: x }', /unknown key/],
    ['- { file: a }\n    - { file: b }', /second anchor of the name file/],
    ['- { http: { url: "https://siem.example/" } }', /needs secret or token/],
    ['- { http: { url: "https://siem.example/", secret: { env: BAD_HOOK } } }', /whsec_/],
    ['- { http: { url: "http://siem.example/", token: { env: SECRET_KEY } } }', /needs url, https/],
    ['- { http: { url: "https://siem.example/", secret: hunter2-hunter2 } }', /never as text/],
    ['- { syslog: { host: logs.example, tls: false } }', /this machine alone/],
    ['- { git: { remote: "https://a:hunter2-hunter2@x.example/" } }', /no password/],
    [`- { s3: { ${S3}, endpoint: "http://s3.example" } }`, /endpoint/],
    [`- { s3: { ${S3}, days: 0 } }`, /days/],
    ['- { rfc3161: { url: "https://tsa.example/", ca: policy.yaml } }', /certificates in PEM/],
    ['- { rfc3161: { url: "https://tsa.example/", ca: nowhere.pem } }', /cannot be read/],
  ])('is refused with its place and without a secret: %s', async (anchors, reason) => {
    const message = await load(`    ${anchors}`).then(
      () => 'valid',
      (error: Error) => error.message,
    )
    expect(message).toMatch(reason)
    expect(message).toMatch(/cardea\.yaml:\d+:\d+ audit\.anchors/)
    expect(message).not.toContain(SECRET)
  })
})
