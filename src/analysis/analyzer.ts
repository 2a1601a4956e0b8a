import type { Catalog } from '../model/catalog.js'
import type { Analyzed, Identified } from '../model/progress.js'

/** Stage 2. Never throws: the worst case is facts that say `analyzable: false`. */
export interface Analyzer {
  analyze(identified: Identified, catalog: Catalog): Analyzed
}
