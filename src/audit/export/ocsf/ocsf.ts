/** Open Cybersecurity Schema Framework 1.8.0, as JSON lines. */
import type { ExportFormat } from '../export-format.js'
import { jsonLine } from '../jsonl.js'
import { showsSad } from '../weight.js'
import { eventActivity } from './event.js'
import { sadFinding, statementActivity } from './statement.js'

/** @param version of Cardea. */
export function ocsf(version: string): ExportFormat {
  return Object.freeze<ExportFormat>({
    head: '',
    lines(exported) {
      const { found } = exported
      if (found.kind === 'event') return jsonLine(eventActivity(exported, found, version))
      const activity = jsonLine(statementActivity(exported, found, version))
      return showsSad(found) ? activity + jsonLine(sadFinding(exported, found, version)) : activity
    },
  })
}
