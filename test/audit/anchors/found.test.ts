/** Checkpoints are found in every text that a place may give back, and nothing else is taken for one. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { inLine, inNotes } from '../../../src/audit/anchors/found.js'
import { checkpointLine, originPath } from '../../../src/audit/anchors/options.js'
import { versionsOf } from '../../../src/audit/s3/versions.js'
import { checkpoint, ORIGIN } from './kit.js'

const sizes = fc.integer({ min: 1, max: 1_000_000_000 })
/** What log servers put before a message. */
const words = fc.string({ unit: 'binary' }).map(text => text.replace(/[\n\r]/g, ' '))

describe('a checkpoint', () => {
  test('is found in a line, behind whatever stands before it', () => {
    fc.assert(
      fc.property(sizes, words, (size, before) => {
        // Sixteen braces are looked at.
        fc.pre((before.match(/\{/g) ?? []).length < 15)
        const found = inLine('here', `${before}${checkpointLine(checkpoint(size))}`)
        expect(found).toEqual([
          { place: 'here', origin: ORIGIN, size, note: checkpoint(size).note, time: checkpoint(size).time },
        ])
      }),
    )
  })

  test('is found in the JSON of a log that holds the line as a text, in a receipt, and in a list', () => {
    fc.assert(
      fc.property(sizes, size => {
        const line = checkpointLine(checkpoint(size))
        const expected = { origin: ORIGIN, size, note: checkpoint(size).note }
        expect(inLine('here', JSON.stringify({ host: 'a', message: line }))).toMatchObject([expected])
        const receipt = { anchor: 'x', checkpoint: checkpoint(size), evidence: 'proof' }
        expect(inLine('here', JSON.stringify(receipt))).toMatchObject([{ ...expected, evidence: 'proof' }])
        expect(inLine('here', `[${line},${line}]`)).toMatchObject([expected, expected])
      }),
    )
  })

  test('is found as a note, alone or among others', () => {
    const { note } = checkpoint(3)
    expect(inNotes('here', note)).toEqual([{ place: 'here', origin: ORIGIN, size: 3, note }])
    expect(inNotes('here', `${note}\n${checkpoint(4).note}`).map(({ size }) => size)).toEqual([3, 4])
  })

  test('is not what only looks like one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (text, value) => {
        expect(inLine('here', text)).toEqual([])
        expect(inLine('here', JSON.stringify({ note: value }))).toEqual([])
        expect(inNotes('here', text)).toEqual([])
      }),
    )
  })
})

describe('the path of a trail’s notes', () => {
  test('stays below its place and keeps different origins apart', () => {
    const origins = fc.string({ unit: 'grapheme', minLength: 1 })

    fc.assert(
      fc.property(origins, origin => {
        const path = originPath(origin)
        expect(path).toMatch(/^([A-Za-z0-9_%-][A-Za-z0-9._%-]*(\/|$))*$/)
        expect(decodeURIComponent(path)).toBe(origin.split('/').filter(Boolean).join('/'))
      }),
    )
    expect(originPath('../.git/x')).toBe('%2E./%2Egit/x')
  })
})

describe('a list of versions', () => {
  test('is read page by page, deletions left out', async () => {
    const pages: Readonly<Record<string, string>> = {
      '': '<R><IsTruncated>true</IsTruncated><NextKeyMarker>a&amp;b</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker><Version><Key>a&amp;b</Key><VersionId>v1</VersionId></Version><DeleteMarker><Key>gone</Key><VersionId>v9</VersionId></DeleteMarker></R>',
      'key-marker=a&b,version-id-marker=v1':
        '<R><IsTruncated>false</IsTruncated><Version><Key>c&#x3c;&lt;</Key><VersionId>null</VersionId></Version></R>',
    }
    const found = await versionsOf(
      async markers => pages[markers.map(pair => pair.join('=')).join(',')] ?? '',
    )
    expect(found).toEqual([{ key: 'a&b', versionId: 'v1' }, { key: 'c<<' }])
  })
})
