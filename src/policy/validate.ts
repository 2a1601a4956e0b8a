import type { z } from 'zod'
import { crossCheck, type Problem } from './cross-checks.js'
import { type PolicyBody, policySchema } from './schema.js'

export type Validation =
  | { readonly valid: true; readonly body: PolicyBody }
  | { readonly valid: false; readonly problems: readonly Problem[] }

/** Checks a policy as data: shape first, then what only the whole can tell. Lists every problem. */
export function validate(input: unknown): Validation {
  const parsed = policySchema.safeParse(input)
  if (!parsed.success) return { valid: false, problems: problemsOf(parsed.error) }
  const problems = crossCheck(parsed.data)
  return problems.length === 0 ? { valid: true, body: parsed.data } : { valid: false, problems }
}

/** The problems of a schema error, those inside unions included, each at the innermost place known. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap(issue => flatten(issue, []))
}

function flatten(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): Problem[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'invalid_union') {
    return meantBranch(issue.errors).flatMap(inner => flatten(inner, path))
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({ path: [...path, key], message: issue.message }))
  }
  return [{ path, message: issue.message }]
}

/** The branch that was meant: of `one or many` the list where a list was given, of a mapping or a word the mapping. */
function meantBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const asList = branches.find(issues =>
    issues.every(
      issue => issue.path.length > 0 || issue.code === 'too_small' || issue.code === 'unrecognized_keys',
    ),
  )
  return asList ?? branches[0] ?? []
}

/** `rules[2].when.kind` */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')
}
