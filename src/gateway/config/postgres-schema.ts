/** The shape of the section `postgres`: the door that speaks PostgreSQL's own protocol. */
import { z } from 'zod'
import { duration, durationUpTo, section, word } from '../../policy/schema-parts.js'

const KIB = 1_024
/** A message of the protocol names its length in 31 bits; PostgreSQL itself stops at 1 GiB. */
const LARGEST = KIB ** 3

const SIZE = 'must be a size such as 512KiB, 16MiB or 1GiB, at most 1GiB'

/** Text such as `16MiB`; bytes afterwards. */
export const size = z
  .string({ error: SIZE })
  .regex(/^[1-9]\d{0,6}(KiB|MiB|GiB)$/, SIZE)
  .transform(text => Number.parseInt(text, 10) * KIB ** ({ K: 1, M: 2, G: 3 }[text.at(-3) ?? ''] ?? 1))
  .refine(bytes => bytes <= LARGEST, SIZE)

const names = z.array(word).max(1_000).default([])

/** Whom a certificate stands for, by exactly one name that its authority has put into it. */
const certificate = section({
  dns: word.optional(),
  uri: word.optional(),
  email: word.optional(),
  commonName: word.optional(),
  principal: section({
    subject: word,
    issuer: word,
    kind: z.enum(['human', 'service', 'agent'], 'must be human, service or agent').default('service'),
    roles: names,
    groups: names,
  }),
}).refine(
  ({ dns, uri, email, commonName }) =>
    [dns, uri, email, commonName].filter(name => name !== undefined).length === 1,
  'names a certificate by exactly one of dns, uri, email and commonName',
)

const tls = section({ cert: word, key: word, clientCa: word.optional() })

export const postgres = section({
  host: z
    .string()
    .regex(/^[\w.:-]{1,253}$/, 'must be an address or a host name')
    .default('127.0.0.1'),
  port: z.int('must be a port: 0 to 65535').min(0).max(65_535),
  tls: tls.optional(),
  cleartext: z.literal('loopback', 'is either loopback or left out').optional(),
  auth: z.enum(['password', 'oauthbearer'], 'must be password or oauthbearer').default('password'),
  certificates: z.array(certificate).max(10_000).default([]),
  idle: duration.default(3_600_000),
  idleInTransaction: durationUpTo(24).default(300_000),
  maxMessage: size.default(16 * KIB ** 2),
  maxRow: size.default(64 * KIB ** 2),
}).superRefine(({ tls: files, cleartext, certificates }, context) => {
  if (files === undefined && cleartext === undefined) {
    context.addIssue({
      code: 'custom',
      message: 'needs tls, or cleartext: loopback for clients on this machine: passwords are tokens',
    })
  }
  if (certificates.length > 0 && files?.clientCa === undefined) {
    context.addIssue({ code: 'custom', path: ['certificates'], message: 'needs tls.clientCa' })
  }
})
