import { z } from 'zod'
import { policySchema } from './schema.js'

/**
 * The policy language as JSON Schema (draft 2020-12) for editors, pretty-printed. The package ships it
 * as `cardea/policy.schema.json`; the first line of a policy file can point an editor to it.
 */
export function policySchemaJson(): string {
  const schema = z.toJSONSchema(policySchema, { io: 'input', target: 'draft-2020-12' })
  return `${JSON.stringify({ ...schema, title: 'Cardea policy' }, null, 2)}\n`
}
