/**
 * Composition root, network: puts doors, pipeline and operation together around one configuration. Cardea alone
 * has the databases' credentials here, so this process is the boundary (docs/threat-model.md).
 */

import { type Gateway, type GatewayOptions, openWorker } from './gateway/open-gateway.js'

export type { GatewayConfig } from './gateway/config/gateway-config.js'
export { loadGatewayConfig } from './gateway/config/load.js'
export type { Listener } from './gateway/listener.js'
export type { Gateway, GatewayOptions } from './gateway/open-gateway.js'
export type { LogDestination } from './gateway/operation/log.js'
export type { Reloaded } from './gateway/reload.js'

/**
 * Opens every database, trail and listener of a configuration, or none.
 *
 * @throws ConfigurationError where an address is taken or an option cannot be honoured; what opening a trail, a
 *   store or a database throws.
 * @example
 * const gateway = await openGateway({ config: await loadGatewayConfig('cardea.yaml') })
 * process.once('SIGTERM', () => gateway.close())
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  return openWorker(options, undefined)
}
