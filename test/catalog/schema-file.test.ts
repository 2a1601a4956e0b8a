import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { assembleCatalog } from '../../src/catalog/assemble.js'
import { emptyCatalog } from '../../src/catalog/empty.js'
import { parseSchema, readSchemaFile, schemaFile } from '../../src/catalog/schema-file.js'
import { ConfigurationError } from '../../src/errors.js'
import { describePostgres, postgres } from '../support/databases.js'
import { connected, labelled, probe } from './support.js'

const YAML = `
format: cardea-schema/1
dialect: postgres
searchPath: [public]
relations:
  - schema: public
    name: cards
    kind: table
    keys: [[id]]
    columns:
      - { name: id, type: integer, nullable: false }
      - { name: pan, type: text, nullable: false, labels: [pan] }
`

describePostgres('a schema file of a real database', () => {
  test('reads back as the same catalog, with and without labels', async () => {
    const database = await postgres.database()
    const client = await connected(database.url)
    await client.query(`
      create table cards (id int primary key, "P""an\nü" text);
      create table old () inherits (cards);
      create view v as select 'a;b' as x from cards;
      create function f() returns int language sql as 'select 1'`)
    const labels = [{ column: 'cards.*an*', label: 'pan' }]
    for (const rules of [[], labels]) {
      const catalog = await probe(client, rules).source.current()
      const text = schemaFile(catalog)
      expect(await parseSchema(text, []).current()).toEqual(catalog)
      expect(await parseSchema(text, rules).current()).toEqual(catalog)
      expect((await parseSchema(text, labels).current()).version).toBe(
        (await probe(client, labels).source.current()).version,
      )
    }
    await client.end()
    await database.drop()
  })
})

describe('a schema file', () => {
  test('may be YAML, written by hand, with what goes without saying left out', async () => {
    const catalog = await parseSchema(YAML, [{ column: 'cards.id', label: 'secret' }]).current()
    expect(labelled(catalog)).toEqual(['public.cards.id=secret', 'public.cards.pan=pan'])
    expect(await parseSchema(schemaFile(catalog), []).current()).toEqual(catalog)
  })

  test('is the same catalog for any content', async () => {
    const name = fc.string({ minLength: 1, unit: 'binary' })
    const column = fc.record({
      name,
      type: name,
      nullable: fc.boolean(),
      labels: fc.uniqueArray(name.filter(text => text.trim() !== '')),
    })
    const relation = fc.record(
      {
        schema: name,
        name,
        kind: fc.constantFrom('table' as const, 'view' as const, 'sequence' as const),
        columns: fc.uniqueArray(column, { selector: each => each.name }),
        keys: fc.constant([]),
        definition: name,
        id: fc.nat(),
        parents: fc.array(fc.record({ schema: name, relation: name })),
        hasTriggersOrRules: fc.boolean(),
        system: fc.boolean(),
      },
      { requiredKeys: ['schema', 'name', 'kind', 'columns', 'keys', 'hasTriggersOrRules', 'system'] },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(relation, { selector: r => `${r.schema}\0${r.name}` }),
        async relations => {
          const content = { dialect: 'postgres' as const, searchPath: ['public'], routines: [], relations }
          const catalog = assembleCatalog(content as Parameters<typeof assembleCatalog>[0], [])
          expect(await parseSchema(schemaFile(catalog), []).current()).toEqual(catalog)
        },
      ),
    )
  })

  test.each([
    ['an unknown key', YAML.replace('kind: table', 'kind: table\n    colour: red'), 'relations.0'],
    ['another format', YAML.replace('schema/1', 'schema/2'), 'format'],
    ['a label that is no text', YAML.replace('[pan]', '[1]'), 'relations.0.columns.1.labels.0'],
    ['a relation given twice', YAML + YAML.slice(YAML.indexOf('  - schema')), 'public.cards appears twice'],
    ['a column given twice', YAML.replace('name: pan', 'name: id'), 'two columns of one name'],
    ['a key on nothing', YAML.replace('[[id]]', '[[ID]]'), 'ID'],
    ['no object', '[]', 'file'],
    ['an empty file', '', 'file'],
    ['broken JSON', '{"format":', 'neither JSON nor YAML'],
    ['broken YAML', 'a: [', 'neither JSON nor YAML'],
  ])('is refused with %s', (_, text, told) => {
    expect(() => parseSchema(text, [])).toThrow(ConfigurationError)
    expect(() => parseSchema(text, [])).toThrow(told)
  })

  test('is read from disk, and missed with the command that writes it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cardea-schema-'))
    const path = join(directory, 'schema.yaml')
    await expect(readSchemaFile(path, [])).rejects.toThrow('cardea schema dump')
    await writeFile(path, YAML)
    expect(labelled(await (await readSchemaFile(path, [])).current())).toEqual(['public.cards.pan=pan'])
    await rm(directory, { recursive: true })
  })
})

describe('an empty catalog', () => {
  test('knows nothing and never changes', async () => {
    const source = emptyCatalog('mysql')
    const catalog = await source.current()
    expect(catalog).toMatchObject({ dialect: 'mysql', relations: [], routines: [], searchPath: [] })
    source.invalidate()
    expect(await source.revalidate()).toBe(catalog)
  })
})
