/** Where the processes of one gateway, or of several, show each other their sessions, and hear what is to end. */

/** A client's open connection, as any process can see it. Times are milliseconds since the Unix epoch. */
export interface SessionRow {
  /** ULID. */
  readonly id: string
  /** ULID of the process that serves it. */
  readonly process: string
  readonly dataSource: string
  readonly subject: string
  readonly issuer: string
  /** The agent's id and framework as the client claims them. */
  readonly agent: string | null
  readonly framework: string | null
  readonly origination: string
  readonly since: number
  /** When its process last said that it is there. */
  readonly seen: number
  readonly statements: number
  readonly state: 'idle' | 'active'
}

/** A person who ends something, as records name one. */
export interface Operator {
  readonly subject: string
  readonly issuer: string
}

export interface Kill {
  readonly id: string
  readonly by: Operator
  readonly why: string
}

/** An agent that may do nothing until it is resumed. */
export interface Stop {
  readonly agent: string
  readonly at: number
  readonly by: Operator
  readonly why: string
}

/** @throws CardeaError CARDEA_STORE_UNAVAILABLE, from every method. */
export interface SessionStore {
  /** @throws also where the tables are missing, or of another version. */
  open(): Promise<void>
  /** Shows sessions, or what has become of those that are shown. */
  put(rows: readonly SessionRow[]): Promise<void>
  /** All sessions of the process are still there. */
  beat(process: string, now: number): Promise<void>
  remove(ids: readonly string[]): Promise<void>
  /** Sessions of the process that an operator wants ended. */
  killed(process: string): Promise<readonly Kill[]>
  stops(): Promise<readonly Stop[]>
  /** Oldest first. @param seenAfter sessions of processes that have been silent for longer are left out. */
  list(seenAfter: number): Promise<readonly SessionRow[]>
  /** @returns false where there is no such session. */
  kill(kill: Kill): Promise<boolean>
  /** @returns false where the agent is stopped already. */
  stop(stop: Stop): Promise<boolean>
  /** @returns false where the agent is not stopped. */
  resume(agent: string): Promise<boolean>
  /** Forgets sessions of processes that have been silent since. */
  prune(seenBefore: number): Promise<void>
}
