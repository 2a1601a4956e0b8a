import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { schemaFile } from '../../catalog/schema-file.js'
import { withCatalog } from '../../connect/catalog-connection.js'
import { ConfigurationError } from '../../errors.js'
import type { Catalog } from '../../model/catalog.js'
import type { Console } from '../console.js'

/** `cardea schema dump`: a live schema as a file to review and to work with offline. */
export function addSchema(program: Command, console: Console): void {
  const schema = program.command('schema').description('work with schema files')
  schema
    .command('dump')
    .description('write the schema of a database, without any data, as a file for --schema')
    .requiredOption(
      '--url <url>',
      'postgres://…, mysql://… or sqlite:file; set PGPASSWORD or MYSQL_PWD rather than write a password',
    )
    .option('--out <file>', 'write here instead of to standard output')
    .action(async (options: { url: string; out?: string }) => {
      const catalog = await withCatalog({ url: options.url }, [], console.clock, async source =>
        source.current(),
      )
      await write(console, catalog, options.out)
    })
}

async function write(console: Console, catalog: Catalog, out: string | undefined): Promise<void> {
  const { clean, altered } = withoutValues(catalog, console.scrub)
  for (const view of altered) {
    console.note(`warning: the definition of ${view} holds a protected value; it is masked in the file`)
  }
  const text = schemaFile(clean)
  if (out === undefined) {
    console.print(text.trimEnd())
    return
  }
  try {
    await writeFile(out, text)
  } catch {
    throw new ConfigurationError(
      `The schema cannot be written to ${out}. Check the directory and its permissions.`,
    )
  }
  const own = catalog.relations.filter(relation => !relation.system)
  console.note(`wrote ${out}: ${own.length} relations, version ${catalog.version}`)
}

/** Names and types are no values, but somebody may have written one into a view. */
function withoutValues(
  catalog: Catalog,
  scrub: (text: string) => string,
): { clean: Catalog; altered: string[] } {
  const altered: string[] = []
  const relations = catalog.relations.map(relation => {
    const definition = relation.definition === undefined ? undefined : scrub(relation.definition)
    if (definition === undefined || definition === relation.definition) return relation
    altered.push(`${relation.schema}.${relation.name}`)
    return { ...relation, definition }
  })
  return { clean: { ...catalog, relations }, altered }
}
