import type { Executed, Masked } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'

/** Stage 7. */
export interface Masker {
  /**
   * Discharges the mask and error obligations on rows, field names and error text. Refuses when the
   * result does not have the shape that was analysed, or holds sensitive authentication data.
   */
  mask(executed: Executed): Masked | Refusal
}
