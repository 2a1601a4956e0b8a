import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { DeviceAuthorizationResponse } from 'openid-client'
import type { Console } from '../console.js'
import { clientFor, signInWith } from '../credentials/present-token.js'
import { alone, keepSignIn, type SignIn, type TokenType } from '../credentials/sign-in.js'
import { certificates, signedIn } from '../credentials/signed-in.js'
import { COULD_NOT, Exit } from '../exit.js'

interface LoginOptions {
  readonly issuer: string
  readonly clientId: string
  readonly scope?: string
  readonly audience?: string
  readonly ca?: string
  readonly tokenType?: TokenType
  readonly clientCredentials?: true
  readonly clientSecretFile?: string
}

const PERSON_SCOPE = 'openid email offline_access'

/** `cardea login`: a person signs in on any device with a browser, or a program with its own credentials. */
export function addLogin(program: Command, console: Console): void {
  program
    .command('login')
    .description('sign in at an OpenID Connect issuer; the tokens stay on this machine')
    .requiredOption('--issuer <url>', 'the issuer')
    .requiredOption('--client-id <id>', 'the client under which the issuer knows this program')
    .option('--scope <scopes>', `scopes to ask for, separated by spaces; for a person "${PERSON_SCOPE}"`)
    .option('--audience <name>', 'whom the token is meant for: the audience that Cardea is configured with')
    .option('--ca <file>', 'certificates that vouch for the issuer, PEM; default: those of the system')
    .addOption(
      new Option('--token-type <kind>', 'which kind of JWT the issuer gives, as for oidc()').choices([
        'at+jwt',
        'jwt',
        'id-token',
      ]),
    )
    .option('--client-credentials', 'sign in as a program, with its own secret')
    .option(
      '--client-secret-file <file>',
      'the client’s secret, in a file that nobody else may read; a program’s: or CARDEA_CLIENT_SECRET',
    )
    .action((options: LoginOptions) => login(console, options))
}

async function login(console: Console, options: LoginOptions): Promise<void> {
  const { issuer, clientId, scope, audience, tokenType, clientSecretFile } = options
  if (!URL.canParse(issuer) || new URL(issuer).protocol !== 'https:') {
    throw new Exit(COULD_NOT, 'The issuer is no https address. Write it like https://login.corp.example')
  }
  const isClient = options.clientCredentials === true
  const ca = options.ca === undefined ? undefined : await certificates(options.ca)
  const scopes = scope ?? (isClient ? undefined : PERSON_SCOPE)
  const base: Omit<SignIn, 'token' | 'expiresAt'> = {
    kind: isClient ? 'client' : 'person',
    issuer,
    clientId,
    ...(scopes === undefined ? {} : { scope: scopes }),
    ...(audience === undefined ? {} : { audience }),
    ...(tokenType === undefined ? {} : { tokenType }),
    ...(ca === undefined ? {} : { ca }),
    ...(clientSecretFile === undefined ? {} : { secretFile: resolve(clientSecretFile) }),
  }
  const client = await clientFor(base)
  const given = isClient
    ? await client.credentials()
    : await client.device(response => show(console, response), console.untilInterrupted())
  await alone(console.clock, () => keepSignIn(signInWith(base, given, console.clock)))
  await tellWho(console, audience)
}

function show(console: Console, response: DeviceAuthorizationResponse): void {
  const { verification_uri, verification_uri_complete, user_code, expires_in } = response
  // What a person is told to open must be what a browser can open safely.
  for (const url of [verification_uri, verification_uri_complete]) {
    if (url !== undefined && !(URL.canParse(url) && new URL(url).protocol === 'https:')) {
      throw new Exit(COULD_NOT, 'The issuer asks to open something that is no https address.')
    }
  }
  console.note(`To sign in, open ${verification_uri} and enter the code ${user_code}`)
  if (verification_uri_complete !== undefined) console.note(`or open ${verification_uri_complete}`)
  console.note(`The code is good for ${Math.ceil(expires_in / 60)} minutes. Waiting; Ctrl-C stops.`)
}

/** Says at once what would otherwise come to light with the first statement. */
async function tellWho(console: Console, audience: string | undefined): Promise<void> {
  if (audience === undefined) {
    console.note('signed in. Without --audience nothing can be said about whom Cardea sees.')
    return
  }
  try {
    const { subject, kind = 'human', issuer } = await signedIn(console)
    console.note(`signed in as ${subject} (${kind}) of ${issuer}`)
  } catch (error) {
    console.note(
      `signed in, but Cardea would refuse the token: ${error instanceof Error ? error.message : ''}`,
    )
  }
}
