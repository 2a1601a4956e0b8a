import type { Catalog } from '../model/catalog.js'
import type { Explanation } from '../model/governor.js'
import type { Executed, Masked } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'
import type { Field } from '../model/result.js'

/** Stage 7. */
export interface Masker {
  /**
   * Discharges the mask and error obligations on rows, field names and error text. Refuses when the
   * result does not have the shape that was analysed, or holds sensitive authentication data.
   */
  mask(executed: Executed): Masked | Refusal
  /**
   * The columns as they will be told once masked: names masked, masked columns as text. A scan that finds
   * something in a column that cannot hold the mask makes it NULL for a client that was told beforehand.
   */
  told(explanation: Explanation, catalog: Catalog, fields: readonly Field[]): readonly Field[] | Refusal
}
