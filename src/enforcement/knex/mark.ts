/** A private mark: it can be read here, and set nowhere else. */
class Mark extends (function (this: unknown, marked: object) {
  return marked
} as unknown as new (
  marked: object,
) => object) {
  readonly #governed = true

  static on(value: object): boolean {
    return #governed in value && value.#governed
  }
}

export function markGoverned(prototype: object): void {
  new Mark(prototype)
}

/** Whether a Knex instance (or transaction) runs its statements under governance. */
export function isGoverned(value: unknown): boolean {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return false
  for (let level: unknown = Reflect.get(value, 'client'); typeof level === 'object' && level !== null; ) {
    if (Mark.on(level)) return true
    level = Reflect.getPrototypeOf(level)
  }
  return false
}
