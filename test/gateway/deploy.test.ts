/** The examples of deployment fit together and with this gateway, as far as that shows without an engine. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { loadGatewayConfig } from '../../src/gateway/config/load.js'
import { certificateAuthority } from '../support/issuer/certificates.js'

const HERE = 'examples/deploy'
const read = (name: string) => readFileSync(join(HERE, name), 'utf8')
const config = parse(read('cardea/cardea.yaml'))
const compose = parse(read('compose.yaml'), { merge: true })
const unit = read('cardea.service')
const image = read('Containerfile')
const seconds = (text: string) => Number(/^(\d+)s?$/.exec(text)?.[1])

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cardea-deploy-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('the configuration is valid with the secrets that compose hands in', async () => {
  const { cert, key } = certificateAuthority().issue('gateway')
  const secrets: Record<string, string> = {
    'billing-url': 'postgres://cardea:hunter2@billing:5432/billing?sslmode=disable',
    'store-url': 'postgres://cardea:hunter2@store:5432/cardea',
    'store-key': Buffer.alloc(32).toString('base64'),
    'tls-cert': cert,
    'tls-key': key,
  }
  const given = compose.services.gateway.secrets.map(({ source }: { source: string }) => source)
  expect(given.sort()).toEqual(Object.keys(secrets).sort())
  expect(Object.keys(compose.secrets).sort()).toEqual(given)
  mkdirSync(join(directory, 'secrets'))
  for (const [name, text] of Object.entries(secrets))
    writeFileSync(join(directory, 'secrets', name), text, { mode: 0o600 })
  writeFileSync(join(directory, 'policy.yaml'), read('cardea/policy.yaml'))
  const text = read('cardea/cardea.yaml').replaceAll('/run/secrets', join(directory, 'secrets'))
  writeFileSync(join(directory, 'cardea.yaml'), text, { mode: 0o600 })
  const loaded = await loadGatewayConfig(join(directory, 'cardea.yaml'), {})
  expect(loaded.workers).toBeGreaterThan(0)
  expect(loaded.postgres?.tls).toBeDefined()
})

test('ports, patience and directories are the same everywhere', () => {
  const { gateway } = compose.services
  const ports = gateway.ports.map((port: string) => Number(port.split(':')[1]))
  expect(ports.sort()).toEqual([config.postgres.port, config.http.port])
  const exposed = /^EXPOSE (.*)$/m.exec(image)?.[1]?.split(' ').map(Number)
  expect(exposed).toEqual([config.postgres.port, config.http.port, config.operator.port])
  expect(image).toContain(`http://127.0.0.1:${config.operator.port}/healthz`)
  expect(seconds(gateway.stop_grace_period)).toBeGreaterThanOrEqual(seconds(config.drain) + 20)
  const stop = /^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1] ?? ''
  // The first process waits for the others for half a minute longer than they may take.
  expect(seconds(stop)).toBeGreaterThanOrEqual(seconds(config.drain) + 30)
  const kept = dirname(config.audit.directory)
  expect(gateway.volumes).toContain(`trails:${kept}`)
  expect(image).toContain(`VOLUME ${kept}`)
  expect(unit).toMatch(new RegExp(`^StateDirectory=${kept.replace('/var/lib/', '')}$`, 'm'))
  expect(unit).toContain('--config /etc/cardea/cardea.yaml')
  for (const { file } of Object.values(compose.configs as Record<string, { file: string }>))
    expect(existsSync(resolve(HERE, file))).toBe(true)
})

test('the gateway runs as nobody special, and only it is between the two networks', () => {
  expect(/^USER (\w+)$/m.exec(image)?.[1]).toBe('node')
  const { gateway, billing, store } = compose.services
  expect([gateway.read_only, gateway.cap_drop, gateway.security_opt]).toEqual([
    true,
    ['ALL'],
    ['no-new-privileges:true'],
  ])
  expect([gateway.networks, billing.networks, store.networks]).toEqual([
    ['front', 'back'],
    ['back'],
    ['back'],
  ])
  expect(compose.networks.back.internal).toBe(true)
  expect([billing.ports, store.ports]).toEqual([undefined, undefined])
  const text = [JSON.stringify(compose), image, unit].join('\n')
  expect(text).not.toMatch(/PASSWORD[":= ]+(?!\$\{)\w/)
})

test('the command of image and unit is that of the package', () => {
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const text of [image, unit]) expect(text).toContain(`node_modules/cardea/${bin.cardea.slice(2)}`)
})

test('systemd knows every directive of the unit', () => {
  const known = spawnSync('systemd-analyze', ['--version']).status === 0
  const copy = join(directory, 'cardea.service')
  writeFileSync(copy, unit.replaceAll('/usr/bin/node', process.execPath))
  if (!known) {
    // Where there is no systemd, at least every line is a section, a comment or an assignment.
    for (const line of unit.split('\n')) expect(line).toMatch(/^$|^#|^\[\w+\]$|^[A-Z]\w+=/)
    return
  }
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', copy], { encoding: 'utf8' })
  const ours = stderr.split('\n').filter(line => line.includes('cardea.service'))
  expect(ours).toEqual([])
  writeFileSync(copy, unit.replace('PrivateTmp=', 'PrivateTemp='))
  const wrong = spawnSync('systemd-analyze', ['verify', '--man=no', copy], { encoding: 'utf8' })
  expect(wrong.stderr).toContain('PrivateTemp')
})

test('the health check tells a process that is sound from one that is not', () => {
  const script = /CMD \["node", "-e", "([^"]+)"\]/.exec(image)?.[1] ?? ''
  expect(script).toContain('process.exit')
  // Nothing listens there now.
  const elsewhere = script.replace(String(config.operator.port), '1')
  expect(spawnSync(process.execPath, ['-e', elsewhere]).status).toBe(1)
  expect(() => execFileSync(process.execPath, ['--check', '-'], { input: script })).not.toThrow()
})
