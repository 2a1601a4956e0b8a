import { z } from 'zod'
import { word } from '../../policy/schema-parts.js'

const SECRET = 'a secret is written { env: NAME } or { file: path }, never as text'

/** Where a secret is found: the name of an environment variable, or a file. */
export const secret = z
  .strictObject({ env: envName().optional(), file: word.optional() }, { error: SECRET })
  .refine(({ env, file }) => (env === undefined) !== (file === undefined), SECRET)

export type SecretPlace = z.output<typeof secret>

function envName() {
  return z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'must be the name of an environment variable')
}
