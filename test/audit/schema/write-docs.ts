/** Writes the published schema and its tables anew: node --import ./test/support/typescript.mjs test/audit/schema/write-docs.ts */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { recordSchemaJson } from '../../../src/audit/schema/record-schema-json.js'
import { withTables } from './documents.js'

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url))
const schema = recordSchemaJson()
writeFileSync(`${docs}audit-record.schema.json`, schema)
const page = `${docs}audit-schema.md`
writeFileSync(page, withTables(readFileSync(page, 'utf8'), schema))
