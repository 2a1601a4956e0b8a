import { oneLine, widthOf } from '../../approval/providers/plain-text.js'
import { dialogRow } from './dialog.js'
import type { Live, OpenRequest } from './live-state.js'
import { pageOf } from './reading.js'
import type { Size } from './size.js'
import { viewLines, whatLine, when } from './text.js'

/** Title, notice, and what the keys do. */
const AROUND = 3
const FEWEST_ROWS = 6
const FEWEST_COLUMNS = 24

export interface Drawn {
  readonly rows: readonly string[]
  /** As the drawn state is left: what is on the screen now has been read that far. */
  readonly live: Live
}

/** Rows between title and notice. */
export function heightOf({ rows }: Size): number {
  return Math.max(1, rows - AROUND)
}

/** The screen as rows. On one that is too small nothing is shown, and so nothing is read. */
export function drawn(live: Live, size: Size, now: number): Drawn {
  // The last column stays free: some terminals wrap when it is written.
  const columns = size.columns - 1
  if (size.rows < FEWEST_ROWS || columns < FEWEST_COLUMNS) {
    return { rows: [cut('The window is too small.', columns)], live }
  }
  const { open } = live
  const { title, body, help, next } =
    open === null ? listRows(live, size, columns, now) : requestRows(live, open, size, columns, now)
  const height = heightOf(size)
  const filled = [...body, ...Array<string>(Math.max(0, height - body.length)).fill('')]
  const notice = open?.dialog ? dialogRow(open.dialog, columns) : noticeOf(live)
  return {
    rows: [...[title, ...filled, notice].map(row => cut(row, columns)), cut(help, columns)],
    live: next,
  }
}

interface Parts {
  readonly title: string
  readonly body: readonly string[]
  readonly help: string
  readonly next: Live
}

function listRows(live: Live, size: Size, columns: number, now: number): Parts {
  const { selected, views } = live
  const height = heightOf(size)
  const at = views.findIndex(({ id }) => id === selected)
  const from = Math.max(0, Math.min(at - Math.floor(height / 2), views.length - height))
  const body = views.slice(from, from + height).map(view => {
    const { id, request } = view
    const kind = request.kind === 'single' ? [] : [request.kind.toUpperCase()]
    const parts = [id.slice(-6), when(view, now), ...kind, ...whatLine(view)]
    return cut(`${id === selected ? '>' : ' '} ${parts.join('  ')}`, columns)
  })
  return {
    title: `Requests for approval: ${views.length} waiting`,
    body: views.length === 0 ? ['', '  Nothing waits for an answer.'] : body,
    help: 'j k or arrows: move   Enter: open   r: refresh   q: quit',
    next: live,
  }
}

function requestRows(live: Live, open: OpenRequest, size: Size, columns: number, now: number): Parts {
  const { dialog, reading, view } = open
  const lines = viewLines(view, now)
  const page = pageOf(lines, reading, columns, heightOf(size))
  const readWhole = open.readWhole || page.reading.read === lines.length
  return {
    title: `Row ${page.last} of ${page.total}, version ${view.version}, request ${view.id}`,
    body: page.rows,
    help:
      dialog === null
        ? `${readWhole ? 'a: approve   ' : ''}d: deny   j k space: scroll   Esc: back   q: quit`
        : 'Enter: go on   Ctrl-U: clear   Esc: leave it',
    next: { ...live, open: { ...open, reading: page.reading, readWhole } },
  }
}

function noticeOf({ notice, trouble }: Live): string {
  if (notice !== '') return oneLine(notice)
  return trouble === null ? '' : oneLine(`Not up to date: ${trouble}`)
}

function cut(row: string, columns: number): string {
  if (widthOf(row) <= columns) return row
  let fitting = ''
  for (const character of row) {
    if (widthOf(fitting + character) > columns - 3) break
    fitting += character
  }
  return `${fitting}...`
}
