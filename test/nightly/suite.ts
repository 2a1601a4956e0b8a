/** What the nightly run knows of a third-party suite: how it is had, how it is run, and what came of each test. */
import type { Workshop } from './workshop.js'

/** Where a suite connects to. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** One way to the database. `server` is the database itself, for preparations that are no part of the proof. */
export interface Route {
  readonly name: 'direct' | 'gateway'
  readonly place: Place
  readonly server: Place
  /** A directory of this run's own, which the database server's user may write to. */
  readonly scratch: string
}

export type Verdict = 'passed' | 'failed' | 'skipped'

export interface Result {
  readonly verdict: Verdict
  /** The first words of what went wrong. */
  readonly detail?: string
  /** What was answered, where it has to be the same on both routes. */
  readonly told?: string
}

/** By the name of the test; names are equal on both routes. */
export type Results = ReadonlyMap<string, Result>

export interface Suite {
  readonly name: string
  /** Short and cheap enough for every change: part of `.ci/transparency`. */
  readonly quick?: boolean
  /** Whose door it is run through; `mysql` is MariaDB. Default: `postgres`. */
  readonly engine?: 'postgres' | 'mysql'
  /**
   * What the door knows of the schema. `none`: nothing, for suites that change the schema in many sessions without
   * a pause, so that a live picture is never whole, and for suites that live on temporary tables, where each
   * statement would have the schema compared. Default: the live database.
   */
  readonly catalog?: 'live' | 'none'
  /**
   * Gets what the suite needs, once.
   *
   * @throws NotHad where this machine cannot have it.
   */
  prepare(workshop: Workshop): Promise<Run>
}

export type Run = (route: Route) => Promise<Results>

/** What a suite needs and this machine cannot have. */
export class NotHad extends Error {}

/** The environment by which libpq and its kind find the place. */
export function libpqEnvironment({ host, port, user, password, database }: Place): Record<string, string> {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: 'disable',
  }
}

export function urlOf({ host, port, user, password, database }: Place, scheme = 'postgresql'): string {
  return `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`
}

/** Of a program that prints a line for each test: its name, its verdict and what it saw, with tabs between. */
export function toldResults(output: string, nothing: string): Results {
  const results = new Map<string, Result>()
  for (const line of output.split('\n')) {
    const [name, verdict, told = ''] = line.split('\t')
    if (name !== undefined && (verdict === 'passed' || verdict === 'failed'))
      results.set(name, verdict === 'passed' ? { verdict, told } : { verdict, detail: told })
  }
  if (results.size === 0) throw new Error(`${nothing}:\n${output.slice(-2000)}`)
  return results
}
