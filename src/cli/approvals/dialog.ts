import type { ApprovalView } from '../../approval/approval-queue.js'
import { oneLine, pieces, widthOf } from '../../approval/providers/plain-text.js'
import type { AnswerBody } from './client.js'
import type { Key } from './screen.js'

/** A person giving an answer: the reason, a ticket where one is due, then the full word. Immutable. */
export interface Dialog {
  readonly decision: AnswerBody['decision']
  readonly version: number
  readonly steps: readonly Step[]
  readonly done: Readonly<Partial<Record<Step, string>>>
  readonly typed: string
}

type Step = 'reason' | 'ticket' | 'word'

const LONGEST = 2_000

export function openDialog({ request, version }: ApprovalView, decision: Dialog['decision']): Dialog {
  const { ticketRequired = false } = request.requirement
  const steps: readonly Step[] = ['reason', ...(ticketRequired ? (['ticket'] as const) : []), 'word']
  return { decision, version, steps, done: {}, typed: '' }
}

/**
 * One key later. Null: the person left. An answer: all of it is there. A paste is text for the reason and the
 * ticket, whatever keys are in it, and nothing where the word is due: words that others wrote approve nothing.
 */
export function typedInto(dialog: Dialog, key: Key): Dialog | AnswerBody | null {
  const [step] = dialog.steps
  if (key.pasted) return step === 'word' ? dialog : typing(dialog, dialog.typed + spaced(key.text))
  if (key.name === 'escape') return null
  if (key.name === 'return') return entered(dialog)
  if (key.name === 'backspace') return typing(dialog, [...dialog.typed].slice(0, -1).join(''))
  if (key.ctrl && key.name === 'u') return typing(dialog, '')
  return key.ctrl ? dialog : typing(dialog, dialog.typed + printable(key.text))
}

/** What the person is asked, and what they have typed so far: its end, where all does not fit. */
export function dialogRow(dialog: Dialog, columns: number): string {
  const verb = verbOf(dialog)
  const questions: Readonly<Record<Step, string>> = {
    reason: `Reason to ${verb}: `,
    ticket: 'Ticket: ',
    word: `Type ${verb} to ${verb} version ${dialog.version}: `,
  }
  const question = questions[dialog.steps[0] ?? 'word']
  const room = Math.max(1, columns - widthOf(question) - 1)
  return `${question}${pieces(oneLine(dialog.typed), room).at(-1) ?? ''}_`
}

function entered(dialog: Dialog): Dialog | AnswerBody {
  const [step, ...steps] = dialog.steps
  const typed = dialog.typed.trim()
  if (typed === '') return dialog
  if (step !== 'word') return { ...dialog, steps, typed: '', done: { ...dialog.done, ...given(step, typed) } }
  if (typed.toLowerCase() !== verbOf(dialog)) return typing(dialog, '')
  const { decision, version } = dialog
  const { reason = '', ticket } = dialog.done
  return { decision, version, reason, ...(ticket === undefined ? {} : { ticket }) }
}

function given(step: Step | undefined, typed: string): Dialog['done'] {
  return step === undefined ? {} : { [step]: typed }
}

function verbOf({ decision }: Dialog): 'approve' | 'deny' {
  return decision === 'approved' ? 'approve' : 'deny'
}

function typing(dialog: Dialog, typed: string): Dialog {
  return { ...dialog, typed: typed.slice(0, LONGEST) }
}

function spaced(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '')
}
