import { readFile } from 'node:fs/promises'
import { type OidcIdentity, oidc } from '../../identity/oidc/oidc.js'
import type { Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import { COULD_NOT, Exit } from '../exit.js'
import { currentSignIn, tokenFromEnvironment } from './present-token.js'
import { readSignIn, type SignIn, type TokenType } from './sign-in.js'

/** How a token is judged. What is not given is taken from what `cardea login` was told. */
export interface JudgeOptions {
  readonly issuer?: string
  readonly audience?: string
  /** A file. */
  readonly ca?: string
  readonly tokenType?: TokenType
  readonly groupsClaim?: string
}

/**
 * Who runs the command, as Cardea sees it: the token is checked against the issuer's keys, like at any
 * enforcement point.
 *
 * @throws Exit 2 when nobody is signed in; IdentityRefusedError when the token does not hold;
 *   ConfigurationError when it cannot be judged by what is given.
 */
export async function signedIn(
  io: { readonly clock: Clock },
  options: JudgeOptions = {},
): Promise<Principal> {
  const given = tokenFromEnvironment()
  const signIn = given === undefined ? await currentSignIn(io.clock) : await readSignIn()
  const token = given ?? signIn?.token
  if (token === undefined) throw new Exit(COULD_NOT, 'Nobody is signed in: run cardea login.')
  return (await judge(signIn, options)).verify(token)
}

/**
 * What checks tokens, as the options say or else as `cardea login` was told.
 *
 * @throws Exit 2 when neither says it.
 */
export async function judge(signIn: SignIn | null, options: JudgeOptions): Promise<OidcIdentity> {
  const { issuer = signIn?.issuer, audience = signIn?.audience, tokenType = signIn?.tokenType } = options
  if (issuer === undefined) {
    throw new Exit(COULD_NOT, 'Nobody knows which issuer to ask about CARDEA_TOKEN: run cardea login.')
  }
  if (audience === undefined) {
    throw new Exit(
      COULD_NOT,
      'Nobody knows whom the token must be meant for: sign in with cardea login --audience.',
    )
  }
  const ca = options.ca === undefined ? signIn?.ca : await certificates(options.ca)
  const { groupsClaim } = options
  return oidc({
    issuer,
    audience,
    ...(tokenType === undefined ? {} : { tokenType }),
    // Google's ID tokens need a last word, which only a configuration can have; here nothing is let in.
    ...(tokenType === 'id-token' ? { accept: () => true } : {}),
    ...(groupsClaim === undefined ? {} : { groupsClaim: groupsClaim.split('.') }),
    ...(ca === undefined ? {} : { ca }),
  })
}

/** @throws Exit 2 unless the file holds certificates in PEM form. */
export async function certificates(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new Exit(COULD_NOT, `There are no certificates in PEM form in ${file}.`)
}
