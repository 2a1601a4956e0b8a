import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { ConfigurationError, PolicyInvalidError } from '../errors.js'
import { type Policy, sealPolicy } from './policy.js'
import { validate } from './validate.js'
import { readYaml } from './yaml-source.js'

/**
 * Reads a policy file.
 *
 * @param path a YAML file; messages name it by its base name.
 * @throws ConfigurationError where the file cannot be read, PolicyInvalidError where it is not valid.
 * @example const policy = await loadPolicy('policy.yaml')
 */
export async function loadPolicy(path: string): Promise<Policy> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ConfigurationError(
      `The policy file ${path} cannot be read. Check the path and its permissions.`,
      { cause },
    )
  }
  return parsePolicy(text, { file: basename(path) })
}

export interface ParsePolicyOptions {
  /** Named in messages, before line and column. Default `policy.yaml`. */
  readonly file?: string
}

/**
 * A policy from YAML text.
 *
 * @throws PolicyInvalidError listing every problem as `file:line:column path: what is wrong`.
 */
export function parsePolicy(text: string, { file = 'policy.yaml' }: ParsePolicyOptions = {}): Policy {
  const reading = readYaml(text, file)
  if (!reading.readable) throw new PolicyInvalidError(reading.problems)
  const result = validate(reading.source.value)
  if (result.valid) return sealPolicy(result.body)
  throw new PolicyInvalidError(result.problems.map(problem => reading.source.describe(problem)))
}
