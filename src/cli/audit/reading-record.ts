/** Who reads a trail is on record in another one: the trail that is read belongs to its writer (PCI DSS 10.2.1.3). */
import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { fileTrail } from '../../audit/file-trail.js'
import { openTrail } from '../../audit/open-trail.js'
import type { Trail } from '../../audit/trail.js'
import { CardeaError } from '../../errors.js'
import { createScrubber } from '../../masking/scrubber.js'
import { ulids } from '../../util/ids.js'
import type { Console } from '../console.js'
import { COULD_NOT_READ, Exit } from '../exit.js'

/** Commands that read none. */
const NO_READERS: readonly string[] = ['keygen', 'schema']
/** Another reader writes its own record for a moment. */
const PATIENCE_MS = 10_000
const RETRY_MS = 100

/** Gives `audit` the option `--record`. Where the record cannot be written, nothing is read. */
export function recordsReading(audit: Command, console: Console): void {
  audit
    .option('--record <dir>', 'first put on record, in the trail of this directory, who reads what')
    .hook('preAction', async (_, action) => {
      const { record } = audit.opts<{ record?: string }>()
      const [directory] = action.args
      if (record === undefined || directory === undefined || NO_READERS.includes(action.name())) return
      if (resolve(record) === resolve(directory)) {
        throw new Exit(
          COULD_NOT_READ,
          '--record needs a directory of its own: no trail records its own readers.',
        )
      }
      await put(console, record, {
        command: action.name(),
        directory: resolve(directory),
        options: action.opts(),
        by: reader(),
        origination: `pid ${process.pid} on ${hostname()}`,
      }).catch((error: unknown) => {
        if (error instanceof CardeaError) throw new Exit(COULD_NOT_READ, `Nothing was read. ${error.message}`)
        throw error
      })
    })
}

async function put(
  console: Console,
  directory: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  const trail = await opened(console, directory)
  try {
    await trail.note('audit.read', detail)
  } finally {
    await trail.close()
  }
}

async function opened({ clock }: Console, directory: string): Promise<Trail> {
  const until = clock.monotonic() + PATIENCE_MS
  for (;;) {
    const ids = ulids(clock)
    try {
      const sinks = [fileTrail({ directory, clock, ids })]
      return await openTrail({ sinks, clock, ids, scrubber: createScrubber() })
    } catch (error) {
      const busy = error instanceof CardeaError && error.code === 'CARDEA_TRAIL_LOCKED'
      if (!busy || clock.monotonic() >= until) throw error
      await pause(RETRY_MS)
    }
  }
}

/** Whom the operating system takes the reader for. */
function reader(): Readonly<Record<string, unknown>> {
  const { uid, username } = userInfo()
  return { subject: username, issuer: `operating system of ${hostname()}`, uid }
}
