import type { Grant } from '../model/grant.js'
import type { Deadline } from './deadline.js'
import type { Terms } from './terms.js'

/** A grant with what the process alone knows about it. Only this copy is ever believed. */
export interface HeldGrant {
  readonly grant: Grant
  readonly terms: Terms
  readonly usable: Deadline
}

/** Grants of this process. A restart forgets them, which refuses them. */
export interface GrantStore {
  put(held: HeldGrant): void
  find(id: string): HeldGrant | undefined
  /** Compare-and-set out of `granted`, in one synchronous step: of many callers exactly one gets true. */
  settle(id: string, as: 'consumed' | 'expired'): boolean
  /** Forgets grants whose time is over and gives back those that nobody had used. */
  sweep(): readonly HeldGrant[]
  /** Forgets everything and gives back what nobody had used. */
  drain(): readonly HeldGrant[]
}

type State = 'granted' | 'consumed' | 'expired'

export function memoryGrantStore(): GrantStore {
  const entries = new Map<string, { readonly held: HeldGrant; state: State }>()

  const forget = (which: (held: HeldGrant) => boolean): readonly HeldGrant[] => {
    const unused: HeldGrant[] = []
    for (const [id, { held, state }] of entries) {
      if (!which(held)) continue
      entries.delete(id)
      if (state === 'granted') unused.push(held)
    }
    return unused
  }

  return {
    put: held => void entries.set(held.grant.id, { held, state: 'granted' }),
    find: id => entries.get(id)?.held,
    settle(id, as) {
      const entry = entries.get(id)
      if (entry?.state !== 'granted') return false
      entry.state = as
      return true
    },
    sweep: () => forget(held => held.usable.passed()),
    drain: () => forget(() => true),
  }
}
