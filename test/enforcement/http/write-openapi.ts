/** Writes docs/openapi.json: `node --import ./test/support/typescript.mjs test/enforcement/http/write-openapi.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { toolSchemas } from '../../../src/agents/workbench/tool-schemas.js'
import { openApi } from '../../../src/enforcement/http/openapi.js'

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/** As a gateway in front of PostgreSQL serves it. */
export function currentDocument(): string {
  const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { version: string }
  return `${JSON.stringify(openApi(toolSchemas('postgres'), version), null, 2)}\n`
}

export const DOCUMENT = at('docs/openapi.json')

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(DOCUMENT, currentDocument())
