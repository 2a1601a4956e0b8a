/** URLs of databases, as far as they are alike. No message repeats anything of one: it may hold a password. */
import { readFileSync } from 'node:fs'
import { ConfigurationError } from '../../errors.js'
import type { Safety } from './socket.js'

/** Where a server is, and as whom and how safely it is reached. `host`: also the path of a Unix socket. */
export interface Target extends Safety {
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/**
 * @param protocol what the URL has to begin with.
 * @param example what such a URL looks like.
 * @throws ConfigurationError
 */
export function databaseUrl(text: string, protocol: RegExp, example: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !protocol.test(url.protocol))
    throw new ConfigurationError(`must look like ${example}`)
  return url
}

/** The host that the URL itself names, an IPv6 address without its brackets. Default: this machine. */
export function hostOf({ hostname }: URL): string {
  return decoded(hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost'
}

/** @throws ConfigurationError */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new ConfigurationError('A database URL holds a percent sign that encodes nothing.')
  }
}

/** The text of the file that an option of the URL names. @throws ConfigurationError */
export function namedFile(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new ConfigurationError(`The file that ${option} of a database URL names cannot be read.`)
  }
}
