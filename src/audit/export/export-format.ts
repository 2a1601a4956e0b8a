import type { Found } from '../search.js'

/** What was found, and in which trail where a directory holds several. */
export interface Exported {
  readonly found: Found
  /** Empty where the directory itself is the trail. */
  readonly trail: string
}

/** A form for other programs. Texts are masked already; every form keeps what could steer a terminal from it. */
export interface ExportFormat {
  /** Once, before everything else; empty for none. */
  readonly head: string
  /** Whole lines, line ends included. */
  lines(exported: Exported): string
}

export type ExportName = 'jsonl' | 'csv' | 'ocsf' | 'cef' | 'ecs'
