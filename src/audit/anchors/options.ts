import { ConfigurationError } from '../../errors.js'
import type { Checkpoint } from '../../model/checkpoint.js'
import { type Clock, systemClock } from '../../util/clock.js'
import type { Anchor, AnchorReceipt } from './anchor.js'

/** What every anchor may be told. */
export interface AnchorOptions {
  /** Default: the kind, for example `'git'`. A trail with two of one kind needs two names. */
  readonly name?: string
  /** Milliseconds between two checkpoints. Default 0: every one that the trail makes. */
  readonly everyMs?: number
  readonly clock?: Clock
}

/** Keeps one checkpoint and says what proves it. @throws Error of text for an operator. */
export type Keep = (checkpoint: Checkpoint, signal: AbortSignal, clock: Clock) => Promise<string>

/** @throws ConfigurationError for an interval that is none. */
export function anchorOf(
  kind: string,
  { name = kind, everyMs = 0, clock }: AnchorOptions,
  keep: Keep,
): Anchor {
  if (!(Number.isSafeInteger(everyMs) && everyMs >= 0)) {
    throw new ConfigurationError(`${kind}Anchor: everyMs is a whole number of milliseconds, or left out.`)
  }
  const own = clock ?? systemClock
  return Object.freeze<Anchor>({
    name,
    everyMs,
    anchor: async (checkpoint, signal): Promise<AnchorReceipt> => {
      const evidence = await keep(checkpoint, signal, own)
      return { anchor: name, size: checkpoint.size, time: new Date(own.now()).toISOString(), evidence }
    },
  })
}

/** A checkpoint as one line, which every place that keeps lines can keep. */
export function checkpointLine(checkpoint: Checkpoint): string {
  return JSON.stringify(checkpoint)
}

/**
 * The path of a trail's notes in a place that several trails share. Its parts are those of the origin, each of
 * letters, digits, `.`, `_` and `-`; what else was in one is percent-encoded.
 *
 * @example originPath('app-3/billing') // 'app-3/billing'
 */
export function originPath(origin: string): string {
  const parts = origin.split('/').filter(part => part !== '')
  return parts.map(part => encodeURIComponent(part).replace(/^\.|[!'()*~]/g, percent)).join('/')
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
