/** A trail is storage in the sense of PCI DSS 3.5.1: no PAN in it, wherever one came from. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { fileTrail } from '../../src/audit/file-trail.js'
import { openTrail } from '../../src/audit/open-trail.js'
import type { OutcomeSummary } from '../../src/audit/outcome-summary.js'
import { memorySink } from '../../src/audit/sinks/memory.js'
import { createScrubber } from '../../src/masking/scrubber.js'
import type { Charged } from '../../src/model/progress.js'
import type { Row } from '../../src/model/result.js'
import type { Reserve } from '../../src/model/scrub.js'
import {
  cleared,
  clock,
  decision,
  facts,
  ids,
  inDirectory,
  labelled,
  masked,
  PANS,
  recordsOf,
  rejection,
  scrubber,
  submission,
} from './kit.js'

const [pan, other, amex] = PANS

const hostile = submission({
  statement: `select '${pan}' as "${other}", ${amex} from cards`,
  bindings: [pan, Number(other), BigInt(amex), [pan], `${'x'.repeat(4_000)} ${pan} ${'y'.repeat(3_000)}`],
  session: `session ${pan}`,
  origination: `host ${other}`,
  agent: {
    framework: `f ${pan}`,
    id: `id ${pan}`,
    version: pan,
    toolCall: `call ${amex}`,
    claimedReason: `I need ${pan}`,
  },
  dataSource: { id: `db ${pan}`, environment: `env ${pan}` },
})
const principal = {
  subject: `user ${pan}`,
  issuer: `https://id/${other}`,
  roles: [`role ${amex}`],
  amr: [pan],
  onBehalfOf: { subject: `boss ${pan}`, issuer: 'x' },
}
const grant = {
  id: `g ${pan}`,
  requestId: `r ${pan}`,
  kind: 'single' as const,
  answers: [
    {
      decision: 'approved' as const,
      approver: { subject: pan, issuer: other, roles: [amex], groups: [pan], amr: [pan] },
      reason: `ok for ${pan}`,
      ticket: `T-${pan}`,
    },
  ],
  grantedAt: 0,
  expiresAt: 1,
  binding: pan,
}
const leaky: Row[] = [
  { id: pan, note: `about ${other}` },
  { id: Number(amex), note: { nested: [pan], [other]: Buffer.from(pan) } },
  { id: BigInt(pan), note: new TextEncoder().encode(`x${amex}`) },
]
const fields = [{ name: 'id' }, { name: 'note' }, { name: `col ${pan}` }]
const withPan = facts({
  relations: [{ schema: 's', relation: `t_${pan}`, access: 'read', system: false }],
  fingerprint: `select ${pan}`,
  readOnly: false,
})

test.each([
  ['the simplest scrubber', scrubber],
  ['the scrubber of every governed connection', createScrubber()],
])('from literals, bindings, rows, names, errors, reasons and lifecycle details: %s', async (_name, used) => {
  await inDirectory(async directory => {
    const memory = memorySink()
    const seen: OutcomeSummary[] = []
    const trail = await openTrail({
      sinks: [fileTrail({ directory }), memory],
      clock,
      ids,
      scrubber: used,
      observers: [summary => seen.push(summary)],
    })
    const rule = { ...decision, rule: `rule ${pan}`, reason: `because ${pan}` }
    const statement = cleared({ submission: hostile, principal, facts: withPan, decision: rule, grant })
    const run = async (end: (one: Charged, all: Charged['executed']['intended']) => Promise<unknown>) => {
      const intended = await trail.intend(statement)
      await end(
        masked(intended, { fields, rows: leaky, truncated: false }, { [`count ${pan}`]: 1 }),
        intended,
      )
    }
    await run(one => trail.release(one))
    await run((_one, intended) =>
      trail.fail(intended, Object.assign(new Error(`dup ${pan}`), { code: pan, detail: pan })),
    )
    await run((_one, intended) =>
      trail.withhold(intended, { refused: true, code: 'CARDEA_ROW_LIMIT', reason: `no ${pan}` }),
    )
    await run((_one, intended) =>
      trail.release(masked(intended, { failed: true, message: `key (${pan})`, detail: pan, code: pan })),
    )
    await run(async (_one, intended) => {
      async function* failing() {
        yield leaky
        throw new Error(`stream ${pan}`)
      }
      const stream = await trail.release(masked(intended, { fields, batches: failing() }))
      if (!('batches' in stream)) throw new Error('no stream')
      const iterator = stream.batches[Symbol.asyncIterator]()
      await iterator.next()
      await rejection(Promise.resolve(iterator.next()))
    })
    await trail.refuse(hostile, {
      refused: true,
      code: 'CARDEA_POLICY_DENIED',
      reason: `no ${pan}`,
      evidence: { principal, grant },
    })
    await trail.abort(hostile, new Error(`abort ${pan}`))
    await trail.note('approval.request', {
      [`key ${pan}`]: [`value ${pan}`, Number(other), { deep: BigInt(amex) }],
    })
    await trail.close()

    expect(recordsOf(directory).length).toBeGreaterThan(14)
    const stored = readdirSync(directory).map(name => readFileSync(join(directory, name), 'utf8'))
    const everything = [
      ...stored,
      JSON.stringify(memory.records),
      JSON.stringify(seen.map(({ statement: text }) => text)),
    ]
    for (const text of everything) {
      for (const number of PANS) {
        expect(text.includes(number)).toBe(false)
        expect(text.includes(Buffer.from(number).toString('hex'))).toBe(false)
      }
    }
    // The masks are there: what was looked at did hold the numbers.
    expect(stored.join('')).toContain('411111******1111')
  })
})

test('from the cut end of a text, where half a PAN would not be known as one', async () => {
  const memory = memorySink()
  await inDirectory(async directory => {
    const trail = await openTrail({ sinks: [fileTrail({ directory }), memory], clock, ids, scrubber })
    const cuts = [4_096, 4_090, 131_072, 131_066]
    for (const cut of cuts) {
      for (let shift = 0; shift < 20; shift++) {
        const text = `${'x'.repeat(cut - shift)}${pan}${'y'.repeat(200_000)}`
        await trail.intend(
          cleared({ submission: submission({ statement: text, bindings: [text], session: text }) }),
        )
      }
    }
    await trail.close()
  })
  expect(JSON.stringify(memory.records)).not.toMatch(/4111111/)
})

test('from cells that policy shows unmasked: payload masked, digest not over the PAN', async () => {
  const memory = memorySink()
  await inDirectory(async directory => {
    const trail = await openTrail({ sinks: [fileTrail({ directory }), memory], clock, ids, scrubber })
    const shown = {
      ...decision,
      obligations: { ...decision.obligations, mask: [{ method: 'keep' as const, label: 'pan' }] },
    }
    const digests: unknown[] = []
    // Two numbers that share their truncated form: a digest that told them apart would give the PAN away.
    for (const number of ['4111110000001111', '4111119999991111']) {
      const intended = await trail.intend(cleared({ facts: labelled('pan'), decision: shown }))
      const result = { fields: [{ name: 'pan' }], rows: [{ pan: number }], truncated: false }
      expect(await trail.release(masked(intended, result))).toBe(result)
      const record = memory.records.at(-1)
      if (record?.phase !== 'outcome') throw new Error('no outcome')
      expect(JSON.stringify(record)).not.toContain(number)
      digests.push(record.outcome.digest)
    }
    expect(digests[0]).toBe(digests[1])
    await trail.close()
  })
})

test('the more is protected or unknown, the less of a statement is recorded', async () => {
  const asked: Reserve[] = []
  const watching = {
    ...scrubber,
    statement: (text: string, _dialect: string, reserve: Reserve) => {
      asked.push(reserve)
      return text
    },
  }
  await inDirectory(async directory => {
    const trail = await openTrail({ sinks: [fileTrail({ directory })], clock, ids, scrubber: watching })
    const email = { schema: 's', relation: 't', column: 'c', labels: ['email'] }
    const touching = [
      facts(),
      labelled('pan'),
      facts({ columns: [{ column: email, use: 'predicate', comparison: 'pattern' }] }),
      facts({ flows: [{ from: email, to: 'file', labels: [] }] }),
      facts({ flows: [{ from: { ...email, labels: [] }, to: 'file', labels: ['pan'] }] }),
      { analyzable: false, dialect: 'postgres', code: 'syntax', reason: '', catalogVersion: 'v' } as const,
    ]
    for (const one of touching) await trail.intend(cleared({ facts: one }))
    await trail.refuse(submission(), { refused: true, code: 'CARDEA_IDENTITY_REFUSED', reason: '' })
    await trail.close()
  })
  expect(asked).toEqual(['open', 'guarded', 'sealed', 'sealed', 'guarded', 'sealed', 'sealed'])
})
