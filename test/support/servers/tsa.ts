/** A time stamping authority (RFC 3161): the program openssl behind a small HTTP server, with keys of its own. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TimeStampingAuthority {
  readonly url: string
  /** PEM of the certificate that vouches for it. */
  readonly ca: string
  stop(): Promise<void>
}

const CONFIG = `[tsa]
default_tsa = own
[own]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
`

/** @param options `damage` turns each reply into another one before it is sent. */
export async function startTsa(
  options: { damage?: (reply: Buffer) => Buffer } = {},
): Promise<TimeStampingAuthority> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-tsa-'))
  const openssl = (...args: string[]): Buffer =>
    execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority')
  openssl(
    'req',
    ...key.slice(0, -2),
    '-keyout',
    'tsa.key',
    '-out',
    'tsa.csr',
    '-subj',
    '/CN=Test time stamps',
  )
  writeFileSync(join(directory, 'extensions'), 'extendedKeyUsage = critical,timeStamping\n')
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions']
  openssl('x509', '-req', '-in', 'tsa.csr', ...signing, '-days', '30', '-out', 'tsa.pem')
  writeFileSync(join(directory, 'config'), CONFIG)
  writeFileSync(join(directory, 'serial'), '01\n')
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.setHeader('connection', 'close')
      if (request.headers['content-type'] !== 'application/timestamp-query') {
        response.writeHead(415).end()
        return
      }
      writeFileSync(join(directory, 'query'), Buffer.concat(chunks))
      openssl('ts', '-reply', '-config', 'config', '-section', 'own', '-queryfile', 'query', '-out', 'reply')
      const reply = readFileSync(join(directory, 'reply'))
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' })
      response.end(options.damage?.(reply) ?? reply)
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    ca: readFileSync(join(directory, 'ca.pem'), 'utf8'),
    stop: async () => {
      server.closeAllConnections()
      await new Promise(done => server.close(done))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
