/** The anchors of one data source's trail, as configured; the operator hears of each attempt that fails. */
import type { Anchor } from '../../audit/anchors/anchor.js'
import { failureOf } from '../../audit/anchors/anchoring.js'
import type { Clock } from '../../util/clock.js'
import { openAuditAnchor } from '../config/audit-anchors-open.js'
import type { GatewayConfig } from '../config/gateway-config.js'
import type { GatewayLog } from '../operation/log.js'
import type { Metrics } from '../operation/metrics.js'

interface Surroundings {
  readonly metrics: Metrics
  readonly log: GatewayLog
  readonly clock: Clock
}

export function auditAnchors(
  { anchors }: GatewayConfig['audit'],
  dataSource: string,
  { metrics, log, clock }: Surroundings,
): readonly Anchor[] {
  return anchors.map(config => {
    const anchor = openAuditAnchor(config, clock)
    const heard = (error: unknown): never => {
      metrics.anchorFailures.inc({ data_source: dataSource, anchor: anchor.name })
      const { code, message } = failureOf(error)
      log.warn('an anchor took no checkpoint', { dataSource, anchor: anchor.name, code, error: message })
      throw error
    }
    return Object.freeze<Anchor>({
      ...anchor,
      anchor: (checkpoint, signal) => anchor.anchor(checkpoint, signal).catch(heard),
    })
  })
}
