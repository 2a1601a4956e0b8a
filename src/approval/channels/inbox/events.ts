import type { Clock } from '../../../util/clock.js'
import type { ApprovalQueue } from '../../approval-queue.js'
import { HttpProblem } from '../http.js'
import type { Person } from '../person.js'

/** Streams of changes that are open now. */
export interface Streams {
  /**
   * @param again proves once more who is there; a stream whose person is not proved any more ends.
   * @throws HttpProblem 503 when too many are open.
   */
  start(queue: ApprovalQueue, person: Person, again: () => Promise<Person>): Response
  /** Ends all. */
  close(): void
}

const MOST = 256
const MOST_OF_ONE_PERSON = 8
const HEARTBEAT_MS = 15_000
/** Every fourth heartbeat the token is checked anew: one that was revoked meanwhile reads a minute at most. */
const BEATS_TO_CHECK = 4
/** Chunks that a slow reader may leave behind before its stream ends. */
const MOST_UNREAD = 256

/** @param clock ends a stream with the token that opened it. */
export function streams(clock: Clock): Streams {
  const open = new Map<() => void, string>()
  return Object.freeze({
    start(queue, person, again) {
      const { subject, issuer } = person.approver
      const owner = JSON.stringify([issuer, subject])
      const own = [...open.values()].filter(other => other === owner).length
      if (open.size >= MOST || own >= MOST_OF_ONE_PERSON) {
        throw new HttpProblem(503, 'too_many_streams', 'Too many streams are open. Close one.', {
          'retry-after': '30',
        })
      }
      const { body, end } = stream(queue, person, again, clock, ended => open.delete(ended))
      open.set(end, owner)
      return new Response(body, {
        headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
      })
    },
    close() {
      for (const end of [...open.keys()]) end()
    },
  } satisfies Streams)
}

function stream(
  queue: ApprovalQueue,
  person: Person,
  again: () => Promise<Person>,
  clock: Clock,
  onEnd: (end: () => void) => void,
): { readonly body: ReadableStream<Uint8Array>; readonly end: () => void } {
  const encoder = new TextEncoder()
  let { approver, until } = person
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let stop = (): void => {}

  const end = (): void => {
    if (controller === undefined) return
    const ending = controller
    controller = undefined
    stop()
    onEnd(end)
    try {
      ending.close()
    } catch {
      // The reader went first.
    }
  }
  const send = (text: string): void => {
    if (controller === undefined) return
    if (until > clock.now() && (controller.desiredSize ?? 0) >= -MOST_UNREAD) {
      controller.enqueue(encoder.encode(text))
    } else {
      end()
    }
  }
  const changed = changes(queue, () => approver, send, end)
  const check = (): void => {
    // Roles may have changed as well.
    const renew = (now: Person): void => {
      approver = now.approver
      until = now.until
    }
    again().then(renew, end)
  }
  const body = new ReadableStream<Uint8Array>({
    start(started) {
      controller = started
      const unwatch = queue.watch(changed)
      const beating = setInterval(beat(send, check), HEARTBEAT_MS)
      stop = () => {
        unwatch()
        clearInterval(beating)
      }
      started.enqueue(encoder.encode(': here\n\n'))
    },
    cancel: end,
  })
  return { body, end }
}

function beat(send: (text: string) => void, check: () => void): () => void {
  let beats = 0
  return () => {
    send(': still here\n\n')
    beats += 1
    if (beats % BEATS_TO_CHECK === 0) check()
  }
}

/** Passes on the ids that the viewer may see, one look at the queue at a time. */
function changes(
  queue: ApprovalQueue,
  viewer: () => Person['approver'],
  send: (text: string) => void,
  fail: () => void,
): (id: string) => void {
  const waiting = new Set<string>()
  let working = false
  const work = async (): Promise<void> => {
    working = true
    try {
      // A set visits what is added meanwhile, and nothing can be added between its end and the next line.
      for (const id of waiting) {
        waiting.delete(id)
        const view = await queue.find(id, viewer())
        if (view !== null) send(`event: change\ndata: ${JSON.stringify({ id })}\n\n`)
      }
    } finally {
      working = false
    }
  }
  return id => {
    waiting.add(id)
    // A reader that could miss a change must start again, so a failing look ends the stream.
    if (!working) work().catch(fail)
  }
}
