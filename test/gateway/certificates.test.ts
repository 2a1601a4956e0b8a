/** Certificates in the place of tokens: whom one stands for, and who else gets nothing for it. */

import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { certificateDesk } from '../../src/gateway/house/certificates.js'

function certificate(subject: string, names?: string): X509Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-certificate-'))
  try {
    const out = join(directory, 'cert.pem')
    const san = names === undefined ? [] : ['-addext', `subjectAltName=${names}`]
    execFileSync(
      'openssl',
      // biome-ignore format: one option a line is no easier to read
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-keyout', join(directory, 'key.pem'), '-out', out, '-subj', subject, ...san],
      { stdio: 'ignore' },
    )
    return new X509Certificate(readFileSync(out))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const principal = (subject: string) => ({
  subject,
  issuer: 'corp-ca',
  kind: 'service' as const,
  roles: ['bots'],
  groups: [],
})
const ENTRIES = [
  { dns: 'Bot.corp.example', principal: principal('by-dns') },
  { uri: 'spiffe://corp/bot', principal: principal('by-uri') },
  { email: 'bot@corp.example', principal: principal('by-email') },
  { commonName: 'billing', principal: principal('by-name') },
]
const subjectOf = (desk: ReturnType<typeof certificateDesk>, shown: X509Certificate): string | undefined => {
  const credentials = desk.credentials(shown)
  return credentials?.kind === 'asserted' ? credentials.principal.subject : undefined
}

test.each([
  ['/CN=x', 'DNS:other.example,DNS:bot.CORP.example', 'by-dns'],
  ['/CN=x', 'URI:spiffe://corp/bot', 'by-uri'],
  ['/CN=x', 'email:Bot@corp.example', 'by-email'],
  ['/O=Corp/CN=billing', undefined, 'by-name'],
  ['/CN=x', 'DNS:bot.corp.example.evil.example', undefined],
  ['/CN=x', 'URI:spiffe://corp/bot/2', undefined],
  ['/CN=x', 'DNS:email:bot@corp.example', undefined],
  ['/CN=billing/CN=other', undefined, undefined],
  ['/CN=Billing', undefined, undefined],
  ['/O=billing', undefined, undefined],
])('%s with %s is %s', (subject, names, wanted) => {
  expect(subjectOf(certificateDesk(ENTRIES, undefined), certificate(subject, names))).toBe(wanted)
})

test('a name that holds the writing of another one is only itself (CVE-2021-44532)', () => {
  const desk = certificateDesk(ENTRIES, undefined)
  for (const subjectAltName of [
    'DNS:"x, DNS:bot.corp.example"',
    'URI:"http://x/\\", DNS:bot.corp.example, URI:\\""',
    'DNS:"unfinished',
    'strange, DNS:bot.corp.example',
    'DNS:bot.corp.example, ???',
  ]) {
    const shown = { subjectAltName, toLegacyObject: () => ({ subject: {} }) } as unknown as X509Certificate
    expect(subjectOf(desk, shown)).toBeUndefined()
  }
})

test('the provider believes its own principals, no copy of one, no token, and nobody who is revoked', async () => {
  const revoked: string[] = []
  const desk = certificateDesk(ENTRIES, { isRevoked: ({ subject }) => revoked.includes(subject) })
  const provider = desk.providers['corp-ca']
  const credentials = desk.credentials(certificate('/CN=billing'))
  if (provider === undefined || credentials?.kind !== 'asserted') throw new Error('nobody')
  expect(await provider.verify(credentials)).toBe(credentials.principal)
  expect(await provider.verify({ kind: 'asserted', principal: { ...credentials.principal } })).toBeNull()
  expect(await provider.verify({ kind: 'token', token: 'billing' })).toBeNull()
  await expect(provider.verify('billing')).rejects.toMatchObject({ code: 'CARDEA_IDENTITY_REFUSED' })
  revoked.push('by-name')
  expect(await provider.verify(credentials)).toBeNull()
})
