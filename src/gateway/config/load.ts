import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { errorCode } from '../../audit/error-code.js'
import { ConfigurationError } from '../../errors.js'
import type { Problem } from '../../policy/cross-checks.js'
import { problemsOf } from '../../policy/validate.js'
import { readYaml, type YamlSource } from '../../policy/yaml-source.js'
import { canonicalJson } from '../../util/canonical-json.js'
import { isOpen, Surroundings } from './files.js'
import type { GatewayConfig } from './gateway-config.js'
import { ConfigInvalidError, Trouble } from './problems.js'
import { resolveConfig } from './resolve.js'
import { type ConfigBody, configSchema } from './schema.js'

/**
 * Reads a configuration file of the gateway, and everything that it names: policies, certificates, keys,
 * secrets. Nothing is connected to.
 *
 * @param path a YAML file; paths inside are relative to its directory.
 * @param env where `{ env: NAME }` is looked up. Default: the environment of the process.
 * @throws ConfigurationError where the file cannot be read; `ConfigInvalidError`, which is one, listing every
 *   problem as `file:line:column path: what is wrong`. No message repeats a secret.
 * @example const config = await loadGatewayConfig('cardea.yaml')
 */
export async function loadGatewayConfig(
  path: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<GatewayConfig> {
  const file = resolve(path)
  const { text, open } = await readConfig(path)
  const reading = readYaml(text, basename(file))
  if (!reading.readable) throw new ConfigInvalidError(reading.problems)
  const { source } = reading
  const parsed = configSchema.safeParse(source.value)
  if (!parsed.success) throw invalid(source, problemsOf(parsed.error))
  const body = parsed.data
  const exposed = open ? inlinePasswords(body) : []
  if (exposed.length > 0) throw invalid(source, exposed)
  try {
    const resolved = await resolveConfig(body, new Surroundings(dirname(file), env))
    return Object.freeze({ file, hash: hashOf(body), ...resolved })
  } catch (error) {
    if (error instanceof AggregateError) throw invalid(source, error.errors.filter(isTrouble))
    throw error
  }
}

async function readConfig(path: string): Promise<{ text: string; open: boolean }> {
  try {
    const [text, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    return { text, open: isOpen(mode) }
  } catch (error) {
    throw new ConfigurationError(
      `The configuration ${path} cannot be read (${errorCode(error) ?? 'unknown'}). Check the path and its permissions.`,
    )
  }
}

function invalid(source: YamlSource, problems: readonly Problem[]): ConfigInvalidError {
  return new ConfigInvalidError(problems.map(problem => source.describe(problem)))
}

function isTrouble(error: unknown): error is Trouble {
  return error instanceof Trouble
}

/** A password in a file that every user of the machine can read is nobody's secret. */
function inlinePasswords(body: ConfigBody): Problem[] {
  const places: [Problem['path'], unknown][] = Object.entries(body.dataSources).flatMap(
    ([id, { url, accounts }]): [Problem['path'], unknown][] => [
      [['dataSources', id, 'url'], url],
      ...accounts.map((account, at): [Problem['path'], unknown] => [
        ['dataSources', id, 'accounts', at, 'url'],
        account.url,
      ]),
    ],
  )
  if (body.store !== 'memory') places.push([['store', 'url'], body.store.url])
  return places
    .filter(([, url]) => typeof url === 'string' && URL.canParse(url) && new URL(url).password !== '')
    .map(([path]) => ({
      path,
      message:
        'holds a password, and every user of this machine can read this file: chmod o-rwx, or { env: NAME }',
    }))
}

/** Without passwords: an unkeyed hash over one would let it be guessed. */
function hashOf(body: ConfigBody): string {
  const shown = JSON.stringify(body, (key, value: unknown) =>
    key === 'url' && typeof value === 'string' ? withoutPassword(value) : value,
  )
  return createHash('sha256')
    .update(canonicalJson(JSON.parse(shown)))
    .digest('hex')
}

function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return ''
  const url = new URL(text)
  url.password = ''
  url.search = ''
  return url.href
}
