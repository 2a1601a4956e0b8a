/** Tables of Cardea's own in a database that the host hands in, as Knex's migrator takes them. */

export type Step<Migration> = Migration & { readonly name: string }

/** A migrator's configuration with these steps, and with a list of its own of what was applied. */
export function migrationSet<Migration>(tableName: string, steps: readonly Step<Migration>[]) {
  return Object.freeze({
    tableName,
    migrationSource: {
      getMigrations: async () => [...steps],
      getMigrationName: (step: unknown) => (step as Step<unknown>).name,
      getMigration: async (step: unknown) => step as Migration,
    },
  })
}

/** Whether exactly these steps were applied. */
export function isMigrated(rows: readonly Step<unknown>[], steps: readonly Step<unknown>[]): boolean {
  const known = steps.map(({ name }) => name)
  const applied = rows.map(({ name }) => name)
  return known.every(name => applied.includes(name)) && applied.every(name => known.includes(name))
}

/** MySQL compares names without regard to case or trailing spaces unless told otherwise. */
export function comparesExactly({ client }: Host, table: TableMaking): void {
  if (client.dialect !== 'mysql') return
  table.engine('InnoDB')
  table.charset('utf8mb4')
  table.collate('utf8mb4_bin')
}

/** As much of a Knex, and of a table that it makes, as this needs. */
interface Host {
  readonly client: { readonly dialect: string }
}

interface TableMaking {
  engine(name: string): void
  charset(name: string): void
  collate(name: string): void
}
