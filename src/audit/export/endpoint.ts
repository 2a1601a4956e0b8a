import { isIP } from 'node:net'

/** Where a request came from, taken apart. */
export interface Endpoint {
  /** As recorded. */
  readonly text: string
  readonly ip?: string
  readonly port?: number
}

/** @param origination as doors write it: `address:port`, of IPv6 with or without brackets; or any words. */
export function endpointOf(origination: string): Endpoint {
  const [, address = '', port = ''] = /^(.*):(\d{1,5})$/.exec(origination) ?? []
  const ip = plainAddress(address)
  if (ip !== undefined && Number(port) <= 65_535) return { text: origination, ip, port: Number(port) }
  const alone = plainAddress(origination)
  return alone === undefined ? { text: origination } : { text: origination, ip: alone }
}

/** Without brackets, zone, and what maps IPv4 into IPv6. */
function plainAddress(address: string): string | undefined {
  const bare = address.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  const [, mapped = bare] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare) ?? []
  return isIP(mapped) === 0 ? undefined : mapped
}
