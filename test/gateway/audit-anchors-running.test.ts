/** A gateway that anchors its trails: what it keeps, shows and says. */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openPlace, type Place, run } from './kit.js'

let place: Place
beforeAll(async () => {
  place = await openPlace()
})
afterAll(() => place.close())

const WARNING = /the audit trail is not anchored/

test('anchors every trail under its own name, and shows an anchor that takes nothing', async () => {
  place.write('kept.jsonl', '')
  const anchors = [{ file: place.at('kept.jsonl') }, { name: 'away', file: place.at('not-mounted') }]
  const audit = { directory: place.at('audit'), anchors }
  const operator = { host: '127.0.0.1', port: 0 }
  const running = await run(place.config({ audit, operator }))
  const figures = async (): Promise<string> => (await fetch(`${running.operator}/metrics`)).text()
  try {
    expect(running.log()).not.toMatch(WARNING)
    // The first checkpoint, and what stands behind it, are under way.
    const settled = (text: string): boolean =>
      /anchor_failures_total\{[^}]*\} [1-9]/.test(text) && /lag_records\{[^}]*"file"\} 0\n/.test(text)
    let shown = ''
    for (let look = 0; look < 500 && !settled(shown); look++) {
      await pause(10)
      shown = await figures()
    }
    shown = shown.replace(/^(?!cardea_audit_anchor).*\n/gm, '')
    expect(shown).toMatch(/cardea_audit_anchor_failures_total\{data_source="\w+",anchor="away"\} [1-9]/)
    expect(shown).toMatch(/cardea_audit_anchor_lag_records\{data_source="\w+",anchor="file"\} 0\n/)
    expect(shown).toMatch(/cardea_audit_anchor_lag_records\{data_source="\w+",anchor="away"\} [1-9]/)
    expect(shown).toMatch(/cardea_audit_anchor_lag_seconds\{data_source="\w+",anchor="away"\} 0?\.?\d/)
    expect(running.log()).toMatch(/an anchor took no checkpoint.*away.*ENOENT|away.*ENOENT/)
  } finally {
    await running.gateway.close()
  }
  const origins = readFileSync(place.at('kept.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as { origin: string }).origin)
  expect(origins.length).toBeGreaterThanOrEqual(2)
  expect(origins.every(origin => /^[^/]+\/\w+\/[0-9A-Z]{26}$/.test(origin))).toBe(true)
})

test('says at its start that nothing is anchored', async () => {
  const running = await run(place.config({ audit: { directory: place.at('bare') } }))
  await running.gateway.close()
  expect(running.log()).toMatch(WARNING)
})
