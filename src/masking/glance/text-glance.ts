import { type GlanceModule, glanceModule } from './glance-module.js'

/** Texts that are looked at together: their characters stay in the processor's nearest memory. */
const TEXTS = 64
/** Characters of them, about. */
const CHARACTERS = 4_096
/** Characters of a text that is not put beside others. */
const LONGEST = 16_384

/**
 * Tells of many short texts in which of them a detector could find something. Putting them together costs much less
 * than to read each of them (V8 links strings before it copies them, once and all).
 *
 * @example
 * for (const [i, text] of texts.entries()) {
 *   if (!glance.add(text, i) || glance.isFull) …
 * }
 */
export class TextGlance {
  private readonly module: GlanceModule = glanceModule()
  private readonly tags = new Float64Array(TEXTS)
  private count = 0
  private text = ''

  /** @param tag given back by `look`. @returns false, with nothing done, for a text that is to be looked at by itself. */
  add(text: string, tag: number): boolean {
    if (text.length > LONGEST) return false
    const { module, count } = this
    module.cells[2 * count] = this.text.length
    this.text += text
    module.cells[2 * count + 1] = this.text.length
    this.tags[count] = tag
    this.count = count + 1
    return true
  }

  /** No text may be added before the next look. */
  get isFull(): boolean {
    return this.count === TEXTS || this.text.length > CHARACTERS
  }

  /** Takes all texts away. @returns tags of those in which something may be found, in order. */
  look(): readonly number[] {
    const { module, count, text } = this
    if (count === 0) return NONE
    this.clear()
    module.text.write(text, 'utf16le')
    const found = module.utf16(count, text.length)
    if (found === 0) return NONE
    return Array.from(module.cells.subarray(0, found), index => this.tags[index] as number)
  }

  /** Whether nothing can be found in one text, while no other is there. */
  clears(text: string): boolean {
    return this.add(text, 0) && this.look().length === 0
  }

  clear(): void {
    this.count = 0
    this.text = ''
  }
}

const NONE: readonly number[] = Object.freeze([])
