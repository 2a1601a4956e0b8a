/** The baseline as a whole; each rule has a file of its own in baseline/. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { PCI_BASELINE } from '../../src/policy/presets/pci-baseline.js'

test('every rule has an id of its own, words and a requirement', () => {
  expect(new Set(PCI_BASELINE.map(rule => rule.id)).size).toBe(PCI_BASELINE.length)
  for (const rule of PCI_BASELINE) {
    expect(rule.id).toMatch(/^pci\/[a-z-]+$/)
    expect(rule.summary).toMatch(/\.$/)
    expect(rule.reason).toMatch(/\.$/)
    expect(rule.requirements.length).toBeGreaterThan(0)
  }
})

test.each(PCI_BASELINE.map(({ id }) => [id]))('%s has a test file', id => {
  const file = new URL(`./baseline/${id.slice('pci/'.length)}.test.ts`, import.meta.url)
  expect(existsSync(fileURLToPath(file))).toBe(true)
})

test.each(PCI_BASELINE.map(({ id, reason }) => [id, reason]))(
  '%s tells its caller nothing to try instead',
  (_id, reason) => {
    // Names of rules, facts and conditions belong to explain; a way round belongs nowhere.
    expect(reason).not.toMatch(/\bunless\b|\bbypass\b|\blineage\b|\bscope\b|\bcast\b|\bpci\/|\blabel/i)
  },
)
