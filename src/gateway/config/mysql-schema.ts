/** The shape of the section `mysql`: the door that speaks the protocol of MySQL and MariaDB. */
import { z } from 'zod'
import { duration, durationUpTo, section, word } from '../../policy/schema-parts.js'
import { size } from './postgres-schema.js'

const MIB = 1_024 ** 2

export const mysql = section({
  host: z
    .string()
    .regex(/^[\w.:-]{1,253}$/, 'must be an address or a host name')
    .default('127.0.0.1'),
  port: z.int('must be a port: 0 to 65535').min(0).max(65_535),
  tls: section({ cert: word, key: word, clientCa: word.optional() }).optional(),
  cleartext: z.literal('loopback', 'is either loopback or left out').optional(),
  idle: duration.default(3_600_000),
  idleInTransaction: durationUpTo(24).default(300_000),
  maxMessage: size.default(16 * MIB),
  maxRow: size.default(64 * MIB),
}).superRefine(({ tls, cleartext }, context) => {
  if (tls === undefined && cleartext === undefined) {
    context.addIssue({
      code: 'custom',
      message: 'needs tls, or cleartext: loopback for clients on this machine: passwords are tokens',
    })
  }
})
