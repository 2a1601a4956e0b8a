/** The sinks of one data source's trail, as configured. */
import { join } from 'node:path'
import type { RemoteSink } from '../../audit/sinks/remote.js'
import type { Clock } from '../../util/clock.js'
import { openAuditSink } from '../config/audit-sinks-open.js'
import type { GatewayConfig } from '../config/gateway-config.js'

/** Beside the trails, whose names cannot begin with a dot. */
const SPOOLS = '.spool'

/** Made, not opened: a trail opens its sinks. @param writer whose trail it is: data source and process. */
export async function auditSinks(
  { directory, sinks }: GatewayConfig['audit'],
  writer: readonly string[],
  clock: Clock,
): Promise<readonly RemoteSink[]> {
  const made: RemoteSink[] = []
  try {
    for (const config of sinks) {
      const spool = join(directory, SPOOLS, ...writer, config.name)
      made.push(await openAuditSink(config, { directory: spool, clock }))
    }
    return made
  } catch (error) {
    await Promise.allSettled(made.map(sink => sink.close()))
    throw error
  }
}
