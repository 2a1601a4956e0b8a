/** The key that `cardea mcp` is given: a file of nobody else's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { maskingOptions } from '../../../src/cli/mcp/masking.js'
import type { McpOptions } from '../../../src/cli/mcp/options.js'

let directory: string
const bytes = Buffer.from('a key of thirty-two bytes or more!')
const given = (maskingKey?: string) => maskingOptions({ maskingKey } as McpOptions)
const file = (text: string, mode: number): string => {
  const path = join(directory, String(mode))
  writeFileSync(path, text, { mode })
  return path
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cardea-mcp-key-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('is read from its file, and is not needed', async () => {
  expect(await given()).toEqual({})
  const { masking } = await given(file(`${bytes.toString('base64')}\n`, 0o600))
  expect(Buffer.from(masking?.key ?? []).equals(bytes)).toBe(true)
})

test('that others could read is refused without a word of it', async () => {
  const open = given(file(bytes.toString('base64'), 0o644))
  await expect(open).rejects.toThrow(/masking key/i)
  await expect(open).rejects.not.toThrow(/YSBrZXk/)
})
