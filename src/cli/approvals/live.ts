import type { Answered } from '../../approval/approval-queue.js'
import type { CliTerminal, Console } from '../console.js'
import type { Inbox } from './client.js'
import { follow } from './follow.js'
import { drawn, heightOf } from './live-rows.js'
import { type Action, type Live, NOTHING_YET, pressed, withAnswered, withView } from './live-state.js'
import { openScreen, type Screen } from './screen.js'

/** Times on the screen are told in relation to now. */
const REDRAW_MS = 5_000

/**
 * The live list on a terminal, until the person quits, the signal aborts or the terminal goes away. The
 * terminal is as it was afterwards, also when something fails.
 *
 * @throws InboxFailure when the inbox is of no use any more.
 */
export async function watchLive(
  console: Console,
  terminal: CliTerminal,
  inbox: Inbox,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  const stop = (): void => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) return
  let live: Live = NOTHING_YET
  let look = (): void => {}

  const redraw = (): void => {
    const picture = drawn(live, screen.size(), console.clock.now())
    screen.draw(picture.rows.map(row => console.plain(row)))
    live = picture.live
  }
  const become = (next: Live): void => {
    live = next
    redraw()
  }
  const perform = (action: Action | undefined): void => {
    if (action?.kind === 'quit') stop()
    else if (action?.kind === 'refresh') look()
    else if (action?.kind === 'answer') {
      outcomeOf(inbox, action)
        .then(outcome => become(withAnswered(live, action.id, outcome)))
        .finally(look)
    }
  }
  const screen: Screen = openScreen(terminal, {
    key(key) {
      const step = pressed(live, key, heightOf(screen.size()))
      become(step.live)
      perform(step.action)
    },
    resized: redraw,
    hungUp: stop,
  })
  const clock = setInterval(redraw, REDRAW_MS)
  try {
    redraw()
    await follow(
      inbox,
      over.signal,
      {
        changed: view => become(withView(live, view)),
        trouble: words => become({ ...live, trouble: words }),
      },
      wake => {
        look = wake
      },
    )
  } finally {
    clearInterval(clock)
    signal.removeEventListener('abort', stop)
    screen.close()
  }
}

async function outcomeOf(
  inbox: Inbox,
  { body, id }: Extract<Action, { kind: 'answer' }>,
): Promise<Answered | Error> {
  try {
    return await inbox.answer(id, body)
  } catch (error) {
    return error instanceof Error ? error : new Error('it could not be sent')
  }
}
