/** Text on its way into a record: protected values masked first, then cut to a size, and never in that order reversed. */
import { types } from 'node:util'
import type { Reserve, Scrubber } from '../model/scrub.js'
import type { Binding } from '../model/submission.js'

/** Characters of one recorded name, reason or message. */
export const TEXT_CAP = 1_024
/** Characters of a recorded statement. */
export const STATEMENT_CAP = 32_768
const BINDINGS_CAP = 65_536
const BINDING_ITEMS = 256
/** Longer than any PAN or track with separators: what a cut may have split is dropped whole. */
const SPLIT_MARGIN = 256
const MEMO_ENTRIES = 2_048

/** Cut to `cap` characters with the loss declared, never inside a surrogate pair. */
export function capped(text: string, cap: number): string {
  if (text.length <= cap) return text
  return `${head(text, cap)}…[${text.length - cap} more characters]`
}

/**
 * Masks and cuts. A text far over the cap is cut before it is scanned as well, so that a huge
 * statement costs no more than a large one; the end, where that cut may have split a value so that no
 * detector knows it, is left out.
 */
export function maskedHead(
  text: string,
  cap: number,
  mask: (text: string) => string,
): { text: string; cut: boolean } {
  const ceiling = cap * 4
  if (text.length <= ceiling) {
    const masked = mask(text)
    return { text: head(masked, cap), cut: masked.length > cap }
  }
  const masked = mask(head(text, ceiling))
  return { text: head(masked, Math.min(cap, Math.max(0, masked.length - SPLIT_MARGIN))), cut: true }
}

function head(text: string, cap: number): string {
  if (text.length <= cap) return text
  const last = text.charCodeAt(cap - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? cap - 1 : cap)
}

/** Masks short texts that recur with every statement (subjects, sessions, reasons) once. */
export function textRecorder(scrubber: Scrubber): (text: string) => string {
  const known = new Map<string, string>()
  return text => {
    const before = known.get(text)
    if (before !== undefined) return before
    const { text: masked, cut } = maskedHead(text, TEXT_CAP, part => scrubber.text(part))
    const recorded = cut ? `${masked}…[cut]` : masked
    if (text.length <= TEXT_CAP) {
      if (known.size >= MEMO_ENTRIES) known.clear()
      known.set(text, recorded)
    }
    return recorded
  }
}

export function recordedBindings(
  bindings: readonly Binding[],
  reserve: Reserve,
  scrubber: Scrubber,
): readonly string[] {
  const recorded: string[] = []
  let size = 0
  for (const binding of bindings) {
    if (size > BINDINGS_CAP) {
      recorded.push(`…[${bindings.length - recorded.length} more bindings]`)
      break
    }
    const text = recordedBinding(binding, reserve, scrubber)
    // The quotes and comma count, so that very many empty bindings end as well.
    size += text.length + 3
    recorded.push(text)
  }
  return recorded
}

function recordedBinding(binding: Binding, reserve: Reserve, scrubber: Scrubber): string {
  if (typeof binding === 'string') {
    const { text, cut } = maskedHead(binding, TEXT_CAP, part => scrubber.binding(part, reserve))
    return cut ? `${text}…[cut, ${binding.length} characters]` : text
  }
  const small = bounded(binding)
  const text = scrubber.binding(small, reserve)
  return small === binding
    ? capped(text, TEXT_CAP)
    : `${head(text, Math.max(0, text.length - SPLIT_MARGIN))}…[cut]`
}

/** The same value, or its beginning when it is large enough to be worth cutting before it is scanned. */
function bounded(binding: Binding): Binding {
  if (types.isUint8Array(binding)) return binding.length > TEXT_CAP ? binding.subarray(0, TEXT_CAP) : binding
  if (isList(binding) && binding.length > BINDING_ITEMS) return binding.slice(0, BINDING_ITEMS)
  return binding
}

function isList(binding: Binding): binding is readonly Binding[] {
  return Array.isArray(binding)
}
