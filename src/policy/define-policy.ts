import { PolicyInvalidError } from '../errors.js'
import { type Policy, sealPolicy } from './policy.js'
import type { PolicyDefinition } from './schema.js'
import { pathText, validate } from './validate.js'

/**
 * A policy written in TypeScript: the same schema, defaults and checks as YAML.
 *
 * @throws PolicyInvalidError listing every problem.
 * @example
 * const policy = definePolicy({
 *   version: 1,
 *   extends: 'pci-baseline',
 *   labels: [{ column: 'public.cards.pan', label: 'pan' }],
 * })
 */
export function definePolicy(definition: PolicyDefinition): Policy {
  const result = validate(definition)
  if (result.valid) return sealPolicy(result.body)
  throw new PolicyInvalidError(
    result.problems.map(({ path, message }) =>
      path.length === 0 ? message : `${pathText(path)}: ${message}`,
    ),
  )
}
