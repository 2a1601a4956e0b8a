/** One place where expressions are evaluated. */

import type { Place } from './analysis.js'
import type { PredicateUse } from './findings.js'
import type { Provenance } from './provenance.js'
import type { Scope } from './scope.js'

export interface Frame {
  readonly place: Place
  readonly scope: Scope
  /** What comparisons count as here. */
  readonly use: PredicateUse
  /** Named windows and what they sort and partition by. */
  readonly windows: ReadonlyMap<string, Provenance>
  /** Noted while the expressions of one SELECT are evaluated. */
  readonly seen: {
    aggregates: boolean
    sets: boolean
    /** What `min` and `max` were asked of. */
    readonly extremes: Provenance[]
  }
}

export function frameAt(place: Place, scope: Scope, use: PredicateUse = 'predicate'): Frame {
  return { place, scope, use, windows: new Map(), seen: { aggregates: false, sets: false, extremes: [] } }
}
