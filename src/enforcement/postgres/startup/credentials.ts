/** How the client says who it is: by the one way that the listener offers, or by its certificate. */
import type { X509Certificate } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Credentials, Principal } from '../../../model/principal.js'
import type { Frame } from '../../upstream/postgres/frames.js'
import { AUTHENTICATION, authentication, cString, TYPE } from '../../upstream/postgres/messages.js'
import { type Identify, type Presented, shownCertificate, tokenCredentials } from '../../wire/presented.js'
import { Farewell } from './farewell.js'
import type { Inbox } from './inbox.js'

/** As the server itself has it for messages of authentication. */
const MESSAGE_BYTES = 65_536
const OAUTHBEARER = 'OAUTHBEARER'
const SEPARATOR = String.fromCharCode(1)

export interface CredentialsOptions {
  /** `password`: the token is the password. `oauthbearer`: SASL OAUTHBEARER (RFC 7628), which libpq 18 speaks. */
  readonly auth: 'password' | 'oauthbearer'
  /** Where clients find out how to get a token (RFC 8414): told to those that come without one. */
  readonly discovery?: string
  /** Whom a certificate that an authority vouches for stands for. */
  readonly certificate?: (certificate: X509Certificate) => Credentials | undefined
}

/** @throws Farewell for credentials that prove nothing; whatever `identify` throws. */
export async function present(
  stream: Duplex,
  inbox: Inbox,
  identify: Identify,
  options: CredentialsOptions,
): Promise<Presented> {
  const shown = shownCertificate(stream)
  const own = stream instanceof TLSSocket ? byCertificate(stream, options) : undefined
  if (own !== undefined) {
    const principal = await identify(own)
    if (principal === null) throw new Farewell('28000', 'The certificate is not accepted.')
    return { principal, ...shown }
  }
  const principal = await (options.auth === 'password' ? byPassword : byBearer)(
    stream,
    inbox,
    token => identify(tokenCredentials(token, shown)),
    options,
  )
  return { principal, ...shown }
}

function byCertificate(socket: TLSSocket, { certificate }: CredentialsOptions): Credentials | undefined {
  const shown = socket.authorized ? socket.getPeerX509Certificate() : undefined
  return shown === undefined ? undefined : certificate?.(shown)
}

async function byPassword(
  stream: Duplex,
  inbox: Inbox,
  identify: (token: string) => Promise<Principal | null>,
): Promise<Principal> {
  stream.write(authentication(AUTHENTICATION.cleartext))
  const { bytes, start, end } = await answer(inbox)
  if (bytes[end - 1] !== 0 || bytes.indexOf(0, start + 5) !== end - 1) throw notWellFormed()
  const token = bytes.toString('utf8', start + 5, end - 1)
  const principal = token === '' ? null : await identify(token)
  if (principal === null) {
    throw new Farewell(
      '28P01',
      'The password is no token that is accepted here. Get a new token and connect again.',
    )
  }
  return principal
}

async function byBearer(
  stream: Duplex,
  inbox: Inbox,
  identify: (token: string) => Promise<Principal | null>,
  { discovery }: CredentialsOptions,
): Promise<Principal> {
  stream.write(authentication(AUTHENTICATION.sasl, cString(OAUTHBEARER), Buffer.alloc(1)))
  const token = bearerToken(await answer(inbox))
  const principal = token === '' ? null : await identify(token)
  if (principal !== null) return principal
  // RFC 7628, section 3.2.2: the client is told how to get one, and acknowledges.
  const status = JSON.stringify({
    status: 'invalid_token',
    ...(discovery === undefined ? {} : { 'openid-configuration': discovery }),
  })
  stream.write(authentication(AUTHENTICATION.saslContinue, Buffer.from(status)))
  await answer(inbox)
  throw new Farewell('28000', 'The token is not accepted here. Get a new one and connect again.')
}

/** The answer to a request for authentication. */
async function answer(inbox: Inbox): Promise<Frame> {
  inbox.expect({ maxBytes: MESSAGE_BYTES })
  const frame = await inbox.next()
  if (frame.type !== TYPE.password) throw notWellFormed()
  return frame
}

/** `n,,^Aauth=Bearer TOKEN^A^A` (RFC 7628, section 3.1); empty where the client has none and asks. */
function bearerToken({ bytes, start, end }: Frame): string {
  const stop = bytes.indexOf(0, start + 5)
  if (bytes.toString('latin1', start + 5, stop) !== OAUTHBEARER) {
    throw new Farewell('28000', 'The gateway offers OAUTHBEARER only.')
  }
  if (stop + 5 > end || bytes.readInt32BE(stop + 1) !== end - stop - 5) throw notWellFormed()
  const [header = '', ...pairs] = bytes.toString('latin1', stop + 5, end).split(SEPARATOR)
  const auth = pairs.slice(0, -2).filter(pair => pair.startsWith('auth='))
  const whole = /^[ny],(a=[^,]*)?,$/.test(header) && pairs.slice(-2).join('') === '' && pairs.length > 1
  const [, token] = /^auth=(?:Bearer +([A-Za-z0-9\-._~+/]+=*))?$/i.exec(auth[0] ?? '') ?? []
  if (!whole || auth.length !== 1 || (token === undefined && auth[0] !== 'auth=')) throw notWellFormed()
  return token ?? ''
}

function notWellFormed(): Farewell {
  return new Farewell('08P01', 'The message with the token is not well formed.')
}
