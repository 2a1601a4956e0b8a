import { ConfigurationError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import { COULD_NOT, Exit } from '../exit.js'
import { type Given, type IssuerClient, issuerClient } from './issuer-client.js'
import { readPrivateFile } from './private-file.js'
import { alone, forgetSignIn, keepSignIn, readSignIn, type SignIn } from './sign-in.js'

/** A token that ends sooner than this may end on its way. */
const MARGIN_MS = 15_000

/**
 * The access token with which a command speaks for whoever runs it: from `CARDEA_TOKEN`, or the one that
 * `cardea login` got, renewed when it has expired. Never an argument, which other users of a machine can see.
 * Ask before every use; only a renewal talks to the issuer.
 *
 * @throws Exit 2 when nobody is signed in or the sign-in cannot be renewed; ConfigurationError when it is
 *   kept where others can read it.
 * @example
 * const token = await presentToken(console)
 */
export async function presentToken(io: { readonly clock: Clock }): Promise<string> {
  return tokenFromEnvironment() ?? (await currentSignIn(io.clock)).token
}

export function tokenFromEnvironment(): string | undefined {
  return process.env['CARDEA_TOKEN']?.trim() || undefined
}

/** Who signed in, with a token that is good for a while. @throws like `presentToken`. */
export async function currentSignIn(clock: Clock): Promise<SignIn> {
  const signIn = await readSignIn()
  if (signIn === null) throw nobody()
  if (isGood(signIn, clock)) return signIn
  return alone(clock, async () => {
    // Another call may have renewed it, or signed out, while this one waited.
    const now = await readSignIn()
    if (now === null) throw nobody()
    return isGood(now, clock) ? now : renewed(now, clock)
  })
}

/**
 * The client's secret, from the file or from `CARDEA_CLIENT_SECRET`.
 *
 * @throws ConfigurationError for a file that others can read, or that is not there.
 */
export async function clientSecret(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return process.env['CARDEA_CLIENT_SECRET']?.trim() || undefined
  const secret = (await readPrivateFile(file, 'The client secret'))?.trim()
  if (secret !== undefined && secret !== '') return secret
  throw new ConfigurationError(`There is no client secret in ${file}.`)
}

/** A client with whatever secret there is. @throws Exit 2 for a program without one. */
export async function clientFor(base: Omit<SignIn, 'token' | 'expiresAt'>): Promise<IssuerClient> {
  // A person's sign-in does not send along a secret that the environment holds for something else.
  const isAsked = base.kind === 'client' || base.secretFile !== undefined
  const secret = isAsked ? await clientSecret(base.secretFile) : undefined
  if (secret === undefined && base.kind === 'client') {
    throw new Exit(
      COULD_NOT,
      'There is no client secret: set CARDEA_CLIENT_SECRET, or name a file with --client-secret-file.',
    )
  }
  return issuerClient({ ...base, ...(secret === undefined ? {} : { secret }) })
}

/** What is kept of what the issuer gave. A refresh token that was not replaced stays good. */
export function signInWith(base: Omit<SignIn, 'token' | 'expiresAt'>, given: Given, clock: Clock): SignIn {
  const { token, lifetimeMs, refreshToken = base.refreshToken } = given
  return {
    ...base,
    token,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    expiresAt: lifetimeMs === null ? null : clock.now() + lifetimeMs,
  }
}

async function renewed(signIn: SignIn, clock: Clock): Promise<SignIn> {
  const next = signInWith(signIn, await renew(signIn), clock)
  await keepSignIn(next)
  return next
}

async function renew(signIn: SignIn): Promise<Given> {
  if (signIn.kind === 'client') return (await clientFor(signIn)).credentials()
  if (signIn.refreshToken === undefined) {
    throw new Exit(COULD_NOT, 'The sign-in has expired: run cardea login.')
  }
  return (await clientFor(signIn)).refresh(signIn.refreshToken)
}

function isGood({ expiresAt }: SignIn, clock: Clock): boolean {
  return expiresAt === null || clock.now() < expiresAt - MARGIN_MS
}

function nobody(): Exit {
  return new Exit(COULD_NOT, 'Nobody is signed in: run cardea login, or set CARDEA_TOKEN.')
}

/**
 * Takes the tokens back at the issuer and forgets them here, whatever the issuer says.
 *
 * @returns null when nobody was signed in; otherwise what the issuer did not take back and so stays good
 *   until it expires.
 */
export async function signOut(clock: Clock): Promise<readonly string[] | null> {
  return alone(clock, async () => {
    const signIn = await readSignIn()
    if (signIn === null) return null
    await forgetSignIn()
    const { token, refreshToken } = signIn
    const client = await clientFor(signIn).catch(() => undefined)
    const isTaken = async (one: string) => client?.revoke(one).catch(() => false) ?? false
    const left: string[] = []
    // The refresh token first: it is the one that lasts.
    if (refreshToken !== undefined && !(await isTaken(refreshToken))) left.push('refresh token')
    if (!(await isTaken(token))) left.push('access token')
    return left
  })
}
