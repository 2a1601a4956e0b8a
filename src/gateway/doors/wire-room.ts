/** What stands behind a door of a database's own protocol, whichever it is. */
import type { WireEntrance } from '../../enforcement/wire/entrance.js'
import type { IdleLimits } from '../../enforcement/wire/session.js'
import type { TlsIdentity } from '../../enforcement/wire/tls-door.js'
import type {
  DataSourceConfig,
  GatewayConfig,
  MysqlConfig,
  PostgresConfig,
  TlsFiles,
} from '../config/gateway-config.js'
import type { Accounts } from '../house/accounts.js'
import type { DoorParts } from './door-parts.js'
import { wireEntrance } from './wire-entrance.js'
import { type WireListener, type WireListenerOptions, wireListener } from './wire-listener.js'

export interface WireRoomOptions extends DoorParts {
  readonly config: Pick<GatewayConfig, 'approval' | 'limits' | 'dataSources'>
}

/** A door for clients that keep a connection each, with the connections to servers behind it. */
export interface WireDoors {
  readonly listener: WireListener
  connections(): readonly { readonly dataSource: string; readonly used: number; readonly idle: number }[]
  /** Ends the connections to the servers. */
  close(): Promise<void>
}

export interface WireRoom<Upstreams> {
  readonly entrance: WireEntrance<Upstreams>
  /** By id, of the data sources that speak the protocol, in the order of the configuration. */
  readonly accounts: ReadonlyMap<string, Accounts<Upstreams>>
  /** @param point serves whoever is let through. */
  doors(name: WireListenerOptions['name'], config: WireConfig, point: PlainPoint): WireDoors
}

type WireConfig = PostgresConfig | MysqlConfig

/** As the enforcement points have it: keys are plain text there. */
interface PlainPoint extends Pick<WireListenerOptions['point'], 'accept'> {
  setTls(identity: TlsIdentity): void
}

/** @param accountsOf undefined for a data source of another protocol. */
export function wireRoom<Upstreams>(
  options: WireRoomOptions,
  accountsOf: (dataSource: DataSourceConfig) => Accounts<Upstreams> | undefined,
): WireRoom<Upstreams> {
  const { config, keeper, houses, metrics, clock } = options
  const accounts = new Map<string, Accounts<Upstreams>>()
  for (const dataSource of config.dataSources) {
    const found = accountsOf(dataSource)
    if (found !== undefined) accounts.set(dataSource.id, found)
  }
  const { entrance, guests } = wireEntrance<Upstreams>({
    ...options,
    houses: houses.map(({ id, connection }) => ({
      id,
      session: (principal, context) => connection.session(principal, context),
      upstream: principal => accounts.get(id)?.of(principal),
    })),
    identify: keeper.identify,
    agents: keeper.agents,
    approval: config.approval.mode,
  })
  return {
    entrance,
    accounts,
    doors: (name, door, point) => ({
      listener: wireListener({
        name,
        config: door,
        connections: config.limits.connections,
        point: { accept: point.accept, setTls: files => point.setTls(pem(files)) },
        guests,
        metrics,
        clock,
      }),
      connections: () => [...accounts].map(([dataSource, { used, idle }]) => ({ dataSource, used, idle })),
      async close() {
        await Promise.all([...accounts.values()].map(one => one.close()))
      },
    }),
  }
}

/** How clients may come, as an enforcement point is told. */
export function wayIn({ tls, cleartext }: WireConfig): {
  readonly tls?: TlsIdentity
  readonly cleartext?: 'loopback'
} {
  return {
    ...(tls === undefined ? {} : { tls: pem(tls) }),
    ...(cleartext === undefined ? {} : { cleartext }),
  }
}

export function idleLimits({ idle, idleInTransaction }: WireConfig): IdleLimits {
  return { idleMs: idle, idleInTransactionMs: idleInTransaction }
}

function pem({ cert, key, clientCa }: TlsFiles): TlsIdentity {
  return { cert, key: key.reveal(), ...(clientCa === undefined ? {} : { clientCa }) }
}
