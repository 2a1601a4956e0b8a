import { z } from 'zod'
import { recordSchema } from './record-schema.js'

/**
 * The shape of a trail's records as JSON Schema (draft 2020-12), pretty-printed. The package ships it as
 * `cardea/audit-record.schema.json`.
 */
export function recordSchemaJson(): string {
  const schema = z.toJSONSchema(recordSchema, { target: 'draft-2020-12' })
  return `${JSON.stringify({ ...schema, title: 'Record of a Cardea audit trail' }, null, 2)}\n`
}
