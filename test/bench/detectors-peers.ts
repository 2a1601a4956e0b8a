/** Redactors from the npm registry with nothing but their rule for card numbers, and our own. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Scanner } from '../../src/masking/detectors/scanner.js'
import { must } from '../nightly/call.js'
import { openWorkshop } from '../nightly/workshop.js'

export interface Redactor {
  readonly name: string
  redact(text: string): string | Promise<string>
}

const PACKAGES = [
  'card-validator@10.0.4',
  '@redactpii/node@1.0.17',
  'redact-pii@3.4.0',
  'openredaction@1.1.5',
] as const
const FIVE_MINUTES = 300_000

export function ownRedactor(name: string): Redactor {
  const scanner = new Scanner()
  return { name, redact: text => scanner.mask(text)?.text ?? text }
}

export async function openPeers(): Promise<Redactor[]> {
  const directory = await openWorkshop().once('redactors', async directory => {
    const args = [
      'install',
      '--prefix',
      directory,
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
    ]
    await must('npm', [...args, ...PACKAGES], { timeoutMs: FIVE_MINUTES })
  })
  const load = async <T>(name: string): Promise<T> => {
    const found = createRequire(join(directory, 'node_modules', 'x.js')).resolve(name)
    return (await import(pathToFileURL(found).href)) as T
  }
  return [
    withValidator(await load('card-validator')),
    redactPiiNode(await load('@redactpii/node')),
    redactPii(await load('redact-pii')),
    openRedaction(await load('openredaction')),
  ]
}

interface CardValidator {
  readonly default: { number(text: string): { readonly isValid: boolean } }
}

/** What one writes oneself in an hour. */
function withValidator({ default: validator }: CardValidator): Redactor {
  const candidate = /\d(?:[ -]?\d){11,18}/g
  return {
    name: 'card-validator 10.0.4, plain regex',
    redact: text =>
      text.replace(candidate, found => (validator.number(found).isValid ? '[redacted]' : found)),
  }
}

interface RedactPiiNode {
  readonly Redactor: new (options: object) => { redact(text: string): string }
}

function redactPiiNode(module: RedactPiiNode): Redactor {
  const rules = { CREDIT_CARD: true, EMAIL: false, NAME: false, PHONE: false, SSN: false }
  const redactor = new module.Redactor({ rules })
  return { name: '@redactpii/node 1.0.17', redact: text => redactor.redact(text) }
}

interface RedactPii {
  readonly SyncRedactor: new (options: object) => { redact(text: string): string }
}

function redactPii({ SyncRedactor }: RedactPii): Redactor {
  const others = [
    ...['credentials', 'digits', 'emailAddress', 'ipAddress', 'names', 'password', 'phoneNumber'],
    ...['streetAddress', 'url', 'username', 'usSocialSecurityNumber', 'zipcode'],
  ]
  const builtInRedactors = Object.fromEntries(others.map(name => [name, { enabled: false }]))
  const redactor = new SyncRedactor({ builtInRedactors })
  return { name: 'redact-pii 3.4.0', redact: text => redactor.redact(text) }
}

interface OpenRedactionModule {
  readonly OpenRedaction: new (options: object) => { detect(text: string): Promise<{ redacted: string }> }
}

function openRedaction({ OpenRedaction }: OpenRedactionModule): Redactor {
  const redactor = new OpenRedaction({ redactionMode: 'placeholder', patterns: ['CREDIT_CARD'] })
  return { name: 'openredaction 1.1.5', redact: async text => (await redactor.detect(text)).redacted }
}
