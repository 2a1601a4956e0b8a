/** Gives a trail's checkpoints to its anchors, in the background, and keeps what they answer. */
import { ConfigurationError } from '../../errors.js'
import type { Checkpoint } from '../../model/checkpoint.js'
import type { Clock } from '../../util/clock.js'
import { errorCode } from '../error-code.js'
import type { Anchor } from './anchor.js'
import { AnchorLine } from './anchor-line.js'

export interface AnchoringOptions {
  readonly anchors: readonly Anchor[]
  /** Of the trail. Receipts go to `anchors/<name>.jsonl` in it. */
  readonly directory: string
  readonly clock: Clock
  /** Told once when an anchor stops taking checkpoints, and again only after it has taken one. */
  readonly onFailure: (anchor: string, error: unknown) => void
}

/** How far an anchor is behind. */
export interface AnchorLag {
  readonly anchor: string
  /** Records of the newest checkpoint that the anchor has not taken. */
  readonly records: number
  /** Since the oldest checkpoint that it has not taken, in seconds; 0 where it has all. */
  readonly seconds: number
}

export interface Anchoring {
  /** Never throws and never waits. A newer checkpoint covers the older: only the newest of each signer is kept waiting. */
  offer(checkpoint: Checkpoint): void
  lag(): readonly AnchorLag[]
  /** Gives each anchor the last checkpoint once more, for five seconds at most. */
  close(): Promise<void>
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i

/**
 * @throws ConfigurationError for two anchors of one name, or a name that no file can have.
 * @example
 * const anchoring = openAnchoring({ anchors: [fileAnchor({ path: '/mnt/worm/cardea' })], directory, clock, onFailure })
 * anchoring.offer(checkpoint)
 */
export function openAnchoring({ anchors, directory, clock, onFailure }: AnchoringOptions): Anchoring {
  const names = anchors.map(({ name }) => name)
  const unfit = names.find((name, at) => !NAME.test(name) || names.indexOf(name) !== at)
  if (unfit !== undefined) {
    throw new ConfigurationError(
      `${JSON.stringify(unfit)} cannot be the name of an anchor here: each needs one of its own, of letters, digits, . _ and -.`,
    )
  }
  const lines = anchors.map(anchor => new AnchorLine(anchor, { directory, clock, onFailure }))
  return Object.freeze<Anchoring>({
    offer: checkpoint => {
      for (const line of lines) line.offer(checkpoint)
    },
    lag: () => lines.map(line => line.lag()),
    close: async () => {
      await Promise.all(lines.map(line => line.close()))
    },
  })
}

/** What a record says of an anchor's failure. Anchors put nothing into their messages that may not be read. */
export function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  return { code: errorCode(error) ?? name, message: message.slice(0, 300) }
}
