/** What one key cannot tell by itself: ids used twice, exceptions that lift nothing, SAD shown, emergency access to nothing. */
import { mayOverlap } from './glob.js'
import { PCI_BASELINE } from './presets/pci-baseline.js'
import type { PolicyBody } from './schema.js'

/** A mistake and where it stands in the policy. */
export interface Problem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

export function crossCheck(policy: PolicyBody): Problem[] {
  return [
    ...duplicateIds(policy),
    ...policy.rules.flatMap(ruleProblems),
    ...policy.exceptions.flatMap((exception, index) => exceptionProblems(policy, exception, index)),
    ...unmaskProblems(policy),
    ...maskerProblems(policy),
    ...labelProblems(policy),
    ...detectProblems(policy),
    ...breakGlassProblems(policy),
    ...budgetProblems(policy),
  ]
}

function duplicateIds({ rules, exceptions, unmask }: PolicyBody): Problem[] {
  const seen = new Set<string>()
  const named = Object.entries({ rules, exceptions, unmask }).flatMap(([section, items]) =>
    items.map((item, index) => ({ id: item.id, path: [section, index, 'id'] })),
  )
  return named.flatMap(({ id, path }) => {
    if (seen.has(id))
      return [{ path, message: `the id ${id} is used twice; records could not tell the two apart` }]
    seen.add(id)
    return id === 'default-deny' || id === 'engine-failure'
      ? [{ path, message: `the id ${id} is Cardea’s own; choose another` }]
      : []
  })
}

function ruleProblems(rule: PolicyBody['rules'][number], index: number): Problem[] {
  const at = (key: string) => ['rules', index, key]
  const problems: Problem[] = []
  if (rule.approval !== undefined && rule.effect !== 'require_approval') {
    problems.push({ path: at('approval'), message: 'belongs to the effect require_approval only' })
  }
  if (rule.limits !== undefined && rule.effect === 'deny') {
    problems.push({ path: at('limits'), message: 'a denied statement has no limits' })
  }
  return problems
}

function exceptionProblems(
  policy: PolicyBody,
  exception: PolicyBody['exceptions'][number],
  index: number,
): Problem[] {
  const at = (...keys: string[]) => ['exceptions', index, ...keys]
  const problems: Problem[] = []
  const lifted = PCI_BASELINE.find(rule => rule.id === exception.lifts)
  const liftable = PCI_BASELINE.filter(rule => rule.liftable).map(rule => rule.id)
  if (policy.extends === undefined) {
    problems.push({
      path: at('lifts'),
      message: 'there is nothing to lift: the policy does not extend pci-baseline',
    })
  } else if (lifted === undefined) {
    problems.push({
      path: at('lifts'),
      message: `${exception.lifts} is no baseline rule; can be lifted: ${liftable.join(', ')}`,
    })
  } else if (!lifted.liftable) {
    problems.push({
      path: at('lifts'),
      message: `${exception.lifts} cannot be lifted; can be lifted: ${liftable.join(', ')}`,
    })
  }
  if (exception.when.agent !== undefined) {
    problems.push({
      path: at('when', 'agent'),
      message: 'an agent’s name is its own claim; an exception may not rest on it. Use principal',
    })
  }
  if (exception.when.analyzable !== undefined) {
    problems.push({
      path: at('when', 'analyzable'),
      message: 'no exception covers a statement that is not understood',
    })
  }
  if (Object.values(exception.when).every(value => value === undefined)) {
    problems.push({
      path: at('when'),
      message: 'must name at least one condition; an exception for everything switches the rule off',
    })
  }
  return problems
}

function unmaskProblems({ unmask, labels }: PolicyBody): Problem[] {
  const sad = labels.filter(rule => rule.label === 'sad')
  return unmask.flatMap((entry, index) =>
    entry.columns.flatMap((column, position) =>
      sad.some(rule => mayOverlap(rule.column, column, 3))
        ? [
            {
              path: ['unmask', index, 'columns', position],
              message: `${column} covers a column labelled sad, which is never shown`,
            },
          ]
        : [],
    ),
  )
}

function maskerProblems({ maskers }: PolicyBody): Problem[] {
  return Object.entries(maskers).flatMap(([label, masker]) => {
    const path = ['maskers', label]
    if (label === 'sad')
      return [{ path, message: 'has no masker: sensitive authentication data is refused, never shown' }]
    if (label === 'pan') {
      const permitted: unknown[] = ['partial', 'first8', 'last4', 'redact', 'hash', 'tokenise']
      return permitted.includes(masker)
        ? []
        : [
            {
              path,
              message:
                'must be partial, first8, last4, redact, hash or tokenise; to show it in clear to a role use unmask',
            },
          ]
    }
    return masker === 'partial' || masker === 'first8'
      ? [
          {
            path,
            message: `${masker} is for pan only; use redact, last4, null, keep, hash, tokenise or generalise`,
          },
        ]
      : []
  })
}

function labelProblems({ labels }: PolicyBody): Problem[] {
  const seen = new Set<string>()
  return labels.flatMap((rule, index) => {
    const key = `${rule.column.toLowerCase()}\n${rule.label}`
    if (seen.has(key))
      return [{ path: ['labels', index], message: `${rule.column} carries ${rule.label} already` }]
    seen.add(key)
    return []
  })
}

function detectProblems({ detect = [] }: PolicyBody): Problem[] {
  return detect.flatMap((pack, index) =>
    detect.indexOf(pack) === index ? [] : [{ path: ['detect', index], message: `${pack} is named twice` }],
  )
}

function breakGlassProblems({ breakGlass, extends: preset, rules }: PolicyBody): Problem[] {
  if (breakGlass === undefined) return []
  const path = ['breakGlass']
  const asks = preset !== undefined || rules.some(rule => rule.effect === 'require_approval')
  const nothing = asks
    ? []
    : [{ path, message: 'stands in for approvals only, and no rule of this policy asks for one' }]
  const seen = new Set<string>()
  const repeated = breakGlass.people.flatMap((person, index) => {
    // Addresses are compared without regard to case.
    const key = person.includes('@') ? person.toLowerCase() : person
    if (seen.has(key)) return [{ path: [...path, 'people', index], message: `${person} is named twice` }]
    seen.add(key)
    return []
  })
  return [...nothing, ...repeated]
}

function budgetProblems({ limits: { budgets = [] } }: PolicyBody): Problem[] {
  const seen = new Set<string>()
  return budgets.flatMap(({ per, window, rows, distinctPans }, index) => {
    const at = (message: string): Problem => ({ path: ['limits', 'budgets', index], message })
    const key = `${per} ${window}`
    const repeated = seen.has(key)
    seen.add(key)
    return [
      ...(rows === undefined && distinctPans === undefined
        ? [at('counts nothing: name rows, distinctPans or both')]
        : []),
      ...(per === 'principal' && window === undefined ? [at('per: principal needs a window')] : []),
      ...(repeated ? [at('is there twice; put rows and distinctPans into one')] : []),
    ]
  })
}
