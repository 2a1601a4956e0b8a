/** What `cardea login` keeps between calls of the program. */
import { rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { acquireLock, type TrailLock } from '../../audit/trail-lock.js'
import { CardeaError, ConfigurationError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import { ulids } from '../../util/ids.js'
import { privateDirectory, readPrivateFile, writePrivateFile } from './private-file.js'

/** Which kind of token the issuer gives; see `oidc()`. */
export type TokenType = 'at+jwt' | 'jwt' | 'id-token'

export interface SignIn {
  /** A person at a device flow, or a program with credentials of its own. */
  readonly kind: 'person' | 'client'
  readonly issuer: string
  readonly clientId: string
  readonly scope?: string
  readonly audience?: string
  readonly tokenType?: TokenType
  /** Certificates to trust for the issuer, PEM. */
  readonly ca?: string
  /** Where the client's secret is read again when the token has expired. */
  readonly secretFile?: string
  /** The access token, or the ID token where `tokenType` says so. */
  readonly token: string
  readonly refreshToken?: string
  /** Milliseconds since the Unix epoch; null: the issuer did not say. */
  readonly expiresAt: number | null
}

const FORMAT = 'cardea-sign-in/1'
const WHAT = 'The sign-in'
const PATIENCE_MS = 60_000
const PAUSE_MS = 50

/**
 * Where the sign-in is kept: `CARDEA_HOME`, or what the operating system has for such things
 * (XDG Base Directory on Linux).
 *
 * @throws ConfigurationError for a `CARDEA_HOME` that depends on where one stands.
 */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const { CARDEA_HOME: chosen, LOCALAPPDATA: local, XDG_STATE_HOME: state } = env
  if (chosen !== undefined && chosen !== '') {
    if (isAbsolute(chosen)) return chosen
    throw new ConfigurationError('CARDEA_HOME must be an absolute path.')
  }
  if (platform === 'win32') return join(local ?? join(homedir(), 'AppData', 'Local'), 'cardea')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'cardea')
  // A relative path there is to be ignored, says the specification.
  const base = state !== undefined && isAbsolute(state) ? state : join(homedir(), '.local', 'state')
  return join(base, 'cardea')
}

/** @returns null when nobody is signed in. @throws ConfigurationError for a file that cannot be trusted. */
export async function readSignIn(): Promise<SignIn | null> {
  const text = await readPrivateFile(path(), WHAT)
  if (text === null) return null
  await privateDirectory(stateDirectory())
  const signIn = parsed(text)
  if (signIn === null) {
    throw new ConfigurationError(`${path()} is not what cardea login writes. Remove it and sign in again.`)
  }
  return signIn
}

export async function keepSignIn(signIn: SignIn): Promise<void> {
  await privateDirectory(stateDirectory())
  await writePrivateFile(path(), JSON.stringify({ format: FORMAT, ...signIn }), WHAT)
}

export async function forgetSignIn(): Promise<void> {
  await rm(path(), { force: true })
}

/**
 * Runs `work` while no other process of this user changes the sign-in: a refresh token is good for one use,
 * and two that use it at once would be signed out.
 *
 * @throws ConfigurationError when another one holds it for more than a minute.
 */
export async function alone<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  const directory = join(stateDirectory(), 'lock')
  await privateDirectory(stateDirectory())
  await privateDirectory(directory)
  const lock = await acquire(directory, clock)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

async function acquire(directory: string, clock: Clock): Promise<TrailLock> {
  const ids = ulids(clock)
  const until = clock.monotonic() + PATIENCE_MS
  while (true) {
    try {
      return await acquireLock(directory, { ids, onLost: () => {} })
    } catch (error) {
      if (!(error instanceof CardeaError) || error.code !== 'CARDEA_TRAIL_LOCKED') throw error
    }
    if (clock.monotonic() > until) {
      throw new ConfigurationError(`Another call of cardea holds ${directory} and does not end.`)
    }
    await sleep(PAUSE_MS)
  }
}

function path(): string {
  return join(stateDirectory(), 'sign-in.json')
}

function parsed(text: string): SignIn | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { format, ...signIn } = value as { format?: unknown } & SignIn
  const { kind, issuer, clientId, token, expiresAt } = signIn
  const whole =
    format === FORMAT &&
    (kind === 'person' || kind === 'client') &&
    [issuer, clientId, token].every(isText) &&
    [signIn.scope, signIn.audience, signIn.tokenType, signIn.ca].every(isTextOrNothing) &&
    [signIn.secretFile, signIn.refreshToken].every(isTextOrNothing) &&
    (expiresAt === null || typeof expiresAt === 'number')
  return whole ? signIn : null
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isTextOrNothing(value: unknown): boolean {
  return value === undefined || isText(value)
}
