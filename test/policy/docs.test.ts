/** The baseline's table in docs/policy.md is the baseline. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { PCI_BASELINE } from '../../src/policy/presets/pci-baseline.js'

const rows = PCI_BASELINE.map(
  rule =>
    `| \`${rule.id}\` | ${rule.effect} | ${rule.summary} | ${rule.requirements.join(', ')} | ${rule.liftable ? 'yes' : 'no'} |`,
)
const table = [
  '| rule | effect | matches | PCI DSS | liftable |',
  '| --- | --- | --- | --- | --- |',
  ...rows,
].join('\n')

test('docs/policy.md lists every baseline rule as it is', () => {
  const text = readFileSync(fileURLToPath(new URL('../../docs/policy.md', import.meta.url)), 'utf8')
  const [, found] = /<!-- baseline -->\n([\s\S]*?)\n<!-- \/baseline -->/.exec(text) ?? []
  expect(found).toBe(table)
})
