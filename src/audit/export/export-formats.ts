import { cef } from './cef.js'
import { csv } from './csv.js'
import { ecs } from './ecs.js'
import type { ExportFormat, ExportName } from './export-format.js'
import { jsonl } from './jsonl.js'
import { ocsf } from './ocsf/ocsf.js'

/**
 * @param version of Cardea, for the formats that name the product.
 * @example
 * const format = exportFormats('0.1.0').ocsf
 * for await (const found of search('./audit')) process.stdout.write(format.lines({ found, trail: '' }))
 */
export function exportFormats(version: string): Readonly<Record<ExportName, ExportFormat>> {
  return Object.freeze({ jsonl, csv, ocsf: ocsf(version), cef: cef(version), ecs: ecs(version) })
}
