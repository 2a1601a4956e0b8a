/** Clients that show a certificate instead of a token: whom each stands for is written in the configuration. */
import type { X509Certificate } from 'node:crypto'
import { refusedError } from '../../errors.js'
import type { RevocationList } from '../../identity/revocation-list.js'
import type { TokenIdentity } from '../../identity/token-identity.js'
import type { Credentials, Principal } from '../../model/principal.js'
import type { PostgresConfig } from '../config/gateway-config.js'

type Entry = PostgresConfig['certificates'][number]

export interface CertificateDesk {
  /** One provider for each issuer that the configuration names, which knows the principals of its own. */
  readonly providers: Readonly<Record<string, TokenIdentity>>
  /**
   * What a certificate proves.
   *
   * @param certificate which the configured authorities vouch for; the caller has checked that.
   * @returns undefined for one that stands for nobody.
   */
  credentials(certificate: X509Certificate): Credentials | undefined
}

/** @param revocations a subject on it is nobody from then on: a certificate has no time of issue that counts. */
export function certificateDesk(
  entries: readonly Entry[],
  revocations: RevocationList | undefined,
): CertificateDesk {
  const known = entries.map(entry => ({ entry, principal: fixed(entry.principal) }))
  const providers: Record<string, TokenIdentity> = {}
  for (const { principal } of known) {
    const own = new Set(known.map(one => one.principal).filter(({ issuer }) => issuer === principal.issuer))
    providers[principal.issuer] ??= provider(own, revocations)
  }
  return Object.freeze<CertificateDesk>({
    providers,
    credentials(certificate) {
      const names = namesIn(certificate)
      // The first that names it, so that one certificate is one principal.
      const found = known.find(({ entry }) => isNamed(entry, names))
      return found === undefined
        ? undefined
        : Object.freeze({ kind: 'asserted', principal: found.principal } as const)
    },
  })
}

/** Nothing but the very objects that `credentials` hands out is believed: a copy is a claim. */
function provider(own: ReadonlySet<Principal>, revocations: RevocationList | undefined): TokenIdentity {
  function verify(token: string): Promise<Principal>
  function verify(credentials: Credentials): Promise<Principal | null>
  async function verify(presented: string | Credentials): Promise<Principal | null> {
    if (typeof presented === 'string') {
      throw refusedError({
        refused: true,
        code: 'CARDEA_IDENTITY_REFUSED',
        reason: 'This issuer vouches for certificates, not for tokens.',
      })
    }
    if (presented.kind !== 'asserted' || !own.has(presented.principal)) return null
    const { issuer, subject } = presented.principal
    if ((await revocations?.isRevoked({ issuer, subject })) === true) return null
    return presented.principal
  }
  return Object.freeze({ name: 'certificates', verify })
}

function fixed({ roles, groups, ...rest }: Entry['principal']): Principal {
  return Object.freeze({ ...rest, roles: Object.freeze([...roles]), groups: Object.freeze([...groups]) })
}

interface Names {
  readonly dns: readonly string[]
  readonly uri: readonly string[]
  readonly email: readonly string[]
  readonly commonName: string | undefined
}

function isNamed({ dns, uri, email, commonName }: Entry, names: Names): boolean {
  if (dns !== undefined) return names.dns.includes(dns.toLowerCase())
  if (uri !== undefined) return names.uri.includes(uri)
  if (email !== undefined) return names.email.includes(email.toLowerCase())
  return commonName !== undefined && names.commonName === commonName
}

/** `DNS:a, URI:"with a, comma"`: Node writes a name with anything special in it as a JSON string. */
const NAME = /(DNS|URI|email|IP Address|DirName|Registered ID|othername):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y

function namesIn(certificate: X509Certificate): Names {
  const found: Record<string, string[]> = {}
  const text = certificate.subjectAltName ?? ''
  NAME.lastIndex = 0
  let end = 0
  for (let match = NAME.exec(text); match !== null; match = NAME.exec(text)) {
    const [, kind = '', value = ''] = match
    const names = found[kind] ?? []
    names.push(value.startsWith('"') ? String(JSON.parse(value)) : value)
    found[kind] = names
    end = NAME.lastIndex
    if (end === text.length) break
  }
  // What cannot be read whole is not read at all.
  const whole = end === text.length
  const of = (kind: string) => (whole ? (found[kind] ?? []) : [])
  const { CN: name } = (certificate.toLegacyObject().subject ?? {}) as { CN?: string | string[] }
  return {
    dns: of('DNS').map(text => text.toLowerCase()),
    uri: of('URI'),
    email: of('email').map(text => text.toLowerCase()),
    commonName: typeof name === 'string' ? name : undefined,
  }
}
