/**
 * Whether nobody can change the value: frozen at every depth, and without getters, which may say something else
 * each time. Only what is fixed may be remembered by the object that it is.
 *
 * @example
 * isFixed(Object.freeze({ roles: ['dba'] })) // false: the list can still change
 */
export function isFixed(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (!Object.isFrozen(value)) return false
  return Object.values(Object.getOwnPropertyDescriptors(value)).every(
    member => 'value' in member && isFixed(member.value),
  )
}
