/** What of a configuration may change while the gateway runs, and what has changed beyond that. */
import type { GatewayConfig } from './gateway-config.js'
import { Secret } from './secret.js'

/** Keys below which everything may change. `*` is any one key. */
const RELOADABLE: readonly string[] = [
  'file',
  'hash',
  'dataSources.*.policy',
  'http.tls.cert',
  'http.tls.key',
  'http.tls.clientCa',
  'postgres.tls.cert',
  'postgres.tls.key',
  'postgres.tls.clientCa',
  'mysql.tls.cert',
  'mysql.tls.key',
  'mysql.tls.clientCa',
  'approval.listen.tls.cert',
  'approval.listen.tls.key',
  'limits.concurrent',
  'limits.perMinute',
  'limits.sessions',
  'limits.statementsPerMinute',
  'logLevel',
]

export interface Differences {
  /** Keys that take effect by a reload. */
  readonly reloadable: readonly string[]
  /** Keys that only a restart can change. */
  readonly fixed: readonly string[]
}

/** Names keys, never values. */
export function differences(before: GatewayConfig, after: GatewayConfig): Differences {
  const all = compare(before, after, [])
  return {
    reloadable: all.filter(mayReload).filter(key => key !== 'file' && key !== 'hash'),
    // What was not there has no listener that could take it.
    fixed: all.filter(key => !mayReload(key)),
  }
}

function mayReload(key: string): boolean {
  const parts = key.split('.')
  return RELOADABLE.some(pattern => {
    const wanted = pattern.split('.')
    return wanted.length === parts.length && wanted.every((part, at) => part === '*' || part === parts[at])
  })
}

function compare(before: unknown, after: unknown, path: readonly string[]): string[] {
  if (before instanceof Secret && after instanceof Secret) return before.equals(after) ? [] : [path.join('.')]
  if (!isPlain(before) || !isPlain(after) || before instanceof Secret || after instanceof Secret) {
    return Object.is(before, after) ? [] : [path.join('.')]
  }
  // A policy is the same where its hash is.
  if (path.at(-1) === 'policy') return before['hash'] === after['hash'] ? [] : [path.join('.')]
  const [was, is] = [named(before), named(after)]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap(key => {
    const bothThere = Object.hasOwn(was, key) && Object.hasOwn(is, key)
    return bothThere ? compare(was[key], is[key], [...path, key]) : [[...path, key, 'presence'].join('.')]
  })
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Data sources go by their names. */
function named(value: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(value)) return value
  const ids: unknown[] = value.map((item: unknown) => (isPlain(item) ? item['id'] : undefined))
  if (!ids.every(id => typeof id === 'string')) return { ...value }
  return { ...Object.fromEntries(value.map((item: unknown, at) => [ids[at], item])), order: ids.join(' ') }
}
