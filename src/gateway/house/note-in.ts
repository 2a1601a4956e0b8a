import type { NotedEvent } from '../../governed-connection.js'
import { errorFields, type GatewayLog } from '../operation/log.js'
import type { House } from './houses.js'

/** @param dataSource in whose trail alone it belongs. Default: in every one. */
export type Noting = (
  event: NotedEvent,
  detail: Readonly<Record<string, unknown>>,
  dataSource?: string,
) => void

/** Puts what concerns all data sources on record in the trail of each. */
export function noteIn(houses: readonly House[], log: GatewayLog): Noting {
  return (event, detail, dataSource) => {
    for (const { id, connection } of houses) {
      if (dataSource !== undefined && dataSource !== id) continue
      // A trail that cannot take it stops the next statement by itself.
      connection.note(event, detail).catch((error: unknown) => {
        log.error('it could not be put on record', { event, dataSource: id, ...errorFields(error) })
      })
    }
  }
}
