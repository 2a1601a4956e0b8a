import type { Principal } from '../../model/principal.js'

/** A principal in words, one fact a line. */
export function principalLines(principal: Principal): string[] {
  const { subject, issuer, kind = 'human', name, email, roles, groups, amr, acr } = principal
  const { expiresAt, onBehalfOf } = principal
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['issuer', issuer],
    ['name', name],
    ['e-mail', email],
    ['roles', listed(roles)],
    ['groups', listed(groups)],
    ['signed in by (amr)', listed(amr)],
    ['assurance (acr)', acr],
    ['until', expiresAt === undefined ? undefined : new Date(expiresAt).toISOString()],
  ]
  return [
    `${subject} (${kind})`,
    ...facts.flatMap(([what, value]) => (value === undefined ? [] : [`  ${what}: ${value}`])),
    ...(onBehalfOf === undefined
      ? []
      : ['  on behalf of:', ...principalLines(onBehalfOf).map(line => `    ${line}`)]),
  ]
}

/** The same for programs; times as ISO 8601. */
export function principalJson(principal: Principal): Record<string, unknown> {
  const { expiresAt, onBehalfOf, kind = 'human', ...rest } = principal
  return {
    ...rest,
    kind,
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf: principalJson(onBehalfOf) }),
  }
}

function listed(names: readonly string[] | undefined): string | undefined {
  return names === undefined || names.length === 0 ? undefined : names.join(', ')
}
