/** Figures that are looked up when somebody asks for them. */
import type { AnchorLag } from '../../audit/anchors/anchoring.js'
import type { SinkLag } from '../../audit/sinks/remote.js'
import type { WireDoors } from '../doors/wire-room.js'
import type { ApprovalOffice } from '../house/approvals.js'
import type { House } from '../house/houses.js'
import type { Roster } from '../sessions/roster.js'
import { type Metrics, observed } from './metrics.js'

export interface Observable {
  readonly houses: readonly House[]
  readonly office: ApprovalOffice
  readonly roster: Roster
  readonly wires: readonly WireDoors[]
}

export function observe(metrics: Metrics, { houses, office, roster, wires }: Observable): void {
  observed(
    metrics,
    'approvals_pending',
    'Requests for approval that wait for people, at most 1000',
    [],
    async () => {
      const pending = await office.store.list({ states: ['pending'], limit: 1_000 })
      return [[{}, pending.length]]
    },
    // Every process sees the same requests.
    'max',
  )
  const names = ['data_source', 'state']
  observed(metrics, 'pool_connections', 'Connections of each pool', names, async () =>
    houses.flatMap(({ id, connection }) => {
      const { used, idle } = connection.pool
      return [
        [{ data_source: id, state: 'used' }, used] as const,
        [{ data_source: id, state: 'idle' }, idle] as const,
      ]
    }),
  )
  observed(metrics, 'pool_waiting', 'Statements that wait for a connection', ['data_source'], async () =>
    houses.map(({ id, connection }) => [{ data_source: id }, connection.pool.waiting] as const),
  )
  observeSinks(metrics, houses)
  observeAnchors(metrics, houses)
  if (wires.length === 0) return
  observed(metrics, 'sessions', 'Sessions that are open', ['data_source'], async () => {
    const counts = roster.count()
    return houses.map(({ id }) => [{ data_source: id }, counts.get(id) ?? 0] as const)
  })
  observed(metrics, 'session_connections', 'Connections to servers for sessions', names, async () =>
    wires
      .flatMap(door => door.connections())
      .flatMap(({ dataSource, used, idle }) => [
        [{ data_source: dataSource, state: 'used' }, used] as const,
        [{ data_source: dataSource, state: 'idle' }, idle] as const,
      ]),
  )
}

/** How far each peer of a trail is behind it (PCI DSS 10.3.3). */
function observeSinks(metrics: Metrics, houses: readonly House[]): void {
  const names = ['data_source', 'sink']
  const figure = (
    name: string,
    help: string,
    read: (lag: SinkLag) => number,
    aggregator: 'sum' | 'max',
  ): void =>
    observed(
      metrics,
      `audit_sink_${name}`,
      help,
      names,
      async () =>
        houses.flatMap(({ id, sinks }) =>
          sinks.map(sink => [{ data_source: id, sink: sink.name }, read(sink.lag())] as const),
        ),
      aggregator,
    )
  figure('lag_records', 'Records that a sink has not acknowledged', lag => lag.records, 'sum')
  figure(
    'lag_seconds',
    'Age of the oldest record that a sink has not acknowledged',
    lag => lag.seconds,
    'max',
  )
  figure('lost_records', 'Records since the start that a sink will not get', lag => lag.lost, 'sum')
}

/** How far each anchor of a trail is behind it. */
function observeAnchors(metrics: Metrics, houses: readonly House[]): void {
  const figure = (name: string, help: string, read: (lag: AnchorLag) => number): void =>
    observed(
      metrics,
      `audit_anchor_${name}`,
      help,
      ['data_source', 'anchor'],
      async () =>
        houses.flatMap(({ id, anchorLag }) =>
          anchorLag().map(lag => [{ data_source: id, anchor: lag.anchor }, read(lag)] as const),
        ),
      'max',
    )
  figure('lag_records', 'Records under checkpoints that an anchor has not taken', lag => lag.records)
  figure('lag_seconds', 'Age of the oldest checkpoint that an anchor has not taken', lag => lag.seconds)
}
