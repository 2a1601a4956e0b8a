import { ConfigurationError } from '../../errors.js'
import { exchange } from '../../util/exchange.js'
import type { Anchor } from './anchor.js'
import { anchorUrl } from './http.js'
import { type AnchorOptions, anchorOf } from './options.js'
import { timeStamps } from './time-stamp.js'
import { inDirectory } from './work-directory.js'

export interface Rfc3161AnchorOptions extends AnchorOptions {
  /** Of a time stamping authority (RFC 3161 §3.4). `https://…`; plain http to this machine alone. */
  readonly url: string
  /** PEM of the authorities whose time stamps are taken. */
  readonly ca: string
}

/** Before the base64 of the reply, in a receipt's evidence. */
export const TIME_STAMP = 'rfc3161:'

/**
 * Has each checkpoint time-stamped by an authority, and checks the stamp by the program openssl before it counts. The
 * authority keeps nothing: the receipts are what proves it, so copy `anchors/` elsewhere.
 *
 * @throws ConfigurationError without an address or certificates.
 * @example rfc3161Anchor({ url: 'https://tsa.example/', ca: await readFile('tsa-ca.pem', 'utf8'), everyMs: 3_600_000 })
 */
export function rfc3161Anchor(options: Rfc3161AnchorOptions): Anchor {
  const url = anchorUrl('rfc3161Anchor', options.url)
  const { ca } = options
  if (typeof ca !== 'string' || !ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw new ConfigurationError('rfc3161Anchor needs ca, certificates in PEM.')
  }
  return anchorOf('rfc3161', options, ({ note }, signal) =>
    inDirectory(async directory => {
      const stamps = timeStamps(directory, ca, signal)
      const body = await stamps.query(note)
      const headers = { 'content-type': 'application/timestamp-query' }
      const reply = await exchange({ method: 'POST', url, headers, body, signal }).catch((error: Error) => {
        throw new Error(`The time stamping authority ${error.message}.`)
      })
      if (reply.status !== 200) throw new Error(`The time stamping authority answered ${reply.status}.`)
      await stamps.check(reply.body, 'query')
      return `${TIME_STAMP}${reply.body.toString('base64')}`
    }),
  )
}
