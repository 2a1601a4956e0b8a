import { escapeHidden } from '../trail-line.js'
import type { ExportFormat } from './export-format.js'

/** Everything, in the trail's own words: one object per line, intent and outcome joined. */
export const jsonl: ExportFormat = Object.freeze<ExportFormat>({
  head: '',
  lines: ({ found, trail }) => jsonLine(trail === '' ? found : { trail, ...found }),
})

/** One object as one line in which nothing is hidden. */
export function jsonLine(value: object): string {
  return `${escapeHidden(JSON.stringify(value))}\n`
}
