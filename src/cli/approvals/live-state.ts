/** The live list as values: what is known, where the person is, and what a key does. Nothing here has effects. */
import type { Answered, ApprovalView } from '../../approval/approval-queue.js'
import type { AnswerBody } from './client.js'
import { type Dialog, openDialog, typedInto } from './dialog.js'
import { type Reading, scrolled, UNREAD } from './reading.js'
import type { Key } from './screen.js'

export interface Live {
  /** Pending, newest first. */
  readonly views: readonly ApprovalView[]
  /** Id of the request that the cursor is on. By id: a new request above must not move it to another. */
  readonly selected: string | null
  readonly open: OpenRequest | null
  /** For the person, until the next key. */
  readonly notice: string
  /** Why nothing new is heard. */
  readonly trouble: string | null
}

/** The request that fills the screen. */
export interface OpenRequest {
  readonly view: ApprovalView
  readonly reading: Reading
  /** Whether all of it has been on the screen. */
  readonly readWhole: boolean
  readonly dialog: Dialog | null
  /** An answer is on its way. */
  readonly sending: boolean
}

export type Action =
  | { readonly kind: 'quit' | 'refresh' }
  | { readonly kind: 'answer'; readonly id: string; readonly body: AnswerBody }

export interface Step {
  readonly live: Live
  readonly action?: Action
}

export const NOTHING_YET: Live = Object.freeze({
  views: [],
  selected: null,
  open: null,
  notice: '',
  trouble: null,
})

/** A request is new or has changed. One that is being read must be read again, and nothing is half approved. */
export function withView(live: Live, view: ApprovalView): Live {
  const others = live.views.filter(({ id }) => id !== view.id)
  const views = (view.state === 'pending' ? [view, ...others] : others).toSorted(newestFirst)
  const selected = views.some(({ id }) => id === live.selected)
    ? live.selected
    : (views[nearest(live, views.length)]?.id ?? null)
  const { open } = live
  if (open === null || open.view.id !== view.id) {
    return { ...live, views, selected, notice: alarm(view) ?? live.notice }
  }
  const { dialog } = open
  const kept = dialog?.decision === 'denied' && view.state === 'pending' ? dialog : null
  return {
    ...live,
    views,
    selected,
    open: { ...open, view, reading: UNREAD, readWhole: false, dialog: kept },
    notice:
      view.state === 'pending' && view.objection === null
        ? 'The request has changed: read it again.'
        : live.notice,
  }
}

/** Emergency access is to be loud, and it is nothing that waits for an answer. */
function alarm({ id, request, state }: ApprovalView): string | null {
  if (request.kind !== 'break-glass' || state !== 'approved') return null
  return `BREAK-GLASS by ${request.principal.subject}: cardea approvals show ${id}`
}

export function withAnswered(live: Live, id: string, outcome: Answered | Error): Live {
  const open = live.open?.view.id === id ? { ...live.open, sending: false } : live.open
  return { ...live, open, notice: outcomeWords(outcome) }
}

export function pressed(live: Live, key: Key, height: number): Step {
  const { open } = live
  if (key.ctrl && (key.name === 'c' || key.name === 'd')) return { live, action: { kind: 'quit' } }
  if (open?.dialog) return inDialog(live, open, open.dialog, key)
  if (key.pasted) return { live }
  const quiet = { ...live, notice: '' }
  if (key.name === 'q') return { live: quiet, action: { kind: 'quit' } }
  if (key.name === 'r') return { live: quiet, action: { kind: 'refresh' } }
  return { live: open === null ? inList(quiet, key, height) : inRequest(quiet, open, key, height) }
}

function inList(live: Live, key: Key, height: number): Live {
  const move = moveOf(key, height)
  if (move !== 0) {
    const at = live.views.findIndex(({ id }) => id === live.selected)
    const to = Math.max(0, Math.min(live.views.length - 1, at + move))
    return { ...live, selected: live.views[to]?.id ?? null }
  }
  // An answer needs a look at the request first, so its keys open it, too.
  if (!['return', 'right', 'a', 'd'].includes(key.name)) return live
  const view = live.views.find(({ id }) => id === live.selected)
  if (view === undefined) return live
  return { ...live, open: { view, reading: UNREAD, readWhole: false, dialog: null, sending: false } }
}

function inRequest(live: Live, open: OpenRequest, key: Key, height: number): Live {
  const move = moveOf(key, height)
  if (move !== 0) return { ...live, open: { ...open, reading: scrolled(open.reading, move) } }
  if (key.name === 'escape' || key.name === 'left') return { ...live, open: null }
  if (key.name !== 'a' && key.name !== 'd') return live
  const decision = key.name === 'a' ? 'approved' : 'denied'
  const obstacle = obstacleTo(decision, open)
  if (obstacle !== null) return { ...live, notice: obstacle }
  return { ...live, open: { ...open, dialog: openDialog(open.view, decision) } }
}

function inDialog(live: Live, open: OpenRequest, dialog: Dialog, key: Key): Step {
  const next = typedInto(dialog, key)
  if (next === null)
    return { live: { ...live, open: { ...open, dialog: null }, notice: 'Nothing was answered.' } }
  if ('steps' in next) return { live: { ...live, open: { ...open, dialog: next } } }
  return {
    live: { ...live, open: { ...open, dialog: null, sending: true }, notice: 'Sending …' },
    action: { kind: 'answer', id: open.view.id, body: next },
  }
}

function obstacleTo(decision: Dialog['decision'], { readWhole, sending, view }: OpenRequest): string | null {
  if (sending) return 'An answer is on its way.'
  if (view.state !== 'pending') return `The request is ${view.state}.`
  if (view.objection !== null) return `Your answer would not count: ${view.objection}`
  if (decision === 'approved' && !readWhole) {
    return 'Read on: approving is possible once the whole request has been on the screen.'
  }
  return null
}

function outcomeWords(outcome: Answered | Error): string {
  if (outcome instanceof Error) return `Whether it counts is not known: ${outcome.message}`
  if (!outcome.counted) return `Not counted: ${outcome.why}`
  return outcome.state === 'pending'
    ? `Counted: ${outcome.approvals} of ${outcome.quorum} approvals.`
    : `Counted; the request is ${outcome.state}.`
}

function moveOf({ name, text }: Key, height: number): number {
  if (name === 'down' || name === 'j') return 1
  if (name === 'up' || name === 'k') return -1
  if (name === 'pagedown' || text === ' ') return Math.max(1, height - 1)
  return name === 'pageup' ? -Math.max(1, height - 1) : 0
}

function nearest(live: Live, count: number): number {
  const at = live.views.findIndex(({ id }) => id === live.selected)
  return Math.max(0, Math.min(at, count - 1))
}

function newestFirst(one: ApprovalView, other: ApprovalView): number {
  return other.createdAt - one.createdAt || (other.id < one.id ? -1 : 1)
}
