/** Signed notes and checkpoints as C2SP has them: other programs read ours, hostile texts are none. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  checkpointText,
  parseCheckpoint,
  parseCheckpoints,
} from '../../../src/audit/checkpoints/note-text.js'
import {
  parseNote,
  parseVerifierKey,
  publicKeyBytes,
  signedBy,
  signedNote,
  verifierKey,
} from '../../../src/audit/checkpoints/signed-note.js'

const pair = generateKeyPairSync('ed25519')
const key = { name: 'trail.example/1', publicKey: publicKeyBytes(pair.publicKey) }
const made = (text: string) => signedNote(text, key, sign(null, Buffer.from(text), pair.privateKey))
const tree = fc.record({
  size: fc.nat(),
  root: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => Buffer.from(bytes)),
})

const binary = fc.uint16Array({ maxLength: 40 }).map(units => String.fromCharCode(...units))

describe('a note', () => {
  test('of another implementation verifies (the example of golang.org/x/mod/sumdb/note)', () => {
    const other = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')
    const note = parseNote(
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
        '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
    )
    if (other === undefined || note === undefined) throw new Error('not read')
    expect(signedBy(note, other)).toBe(true)
    expect(signedBy({ ...note, text: `${note.text}x` }, other)).toBe(false)
    expect(signedBy(note, key)).toBe(false)
    expect(verifierKey(other)).toContain('+c74f20a3+')
  })

  test('with a second, bad signature of the same key is bad', () => {
    const note = parseNote(made('a\n'))
    if (note === undefined) throw new Error('not read')
    const [first] = note.signatures
    if (first === undefined) throw new Error('not signed')
    const bad = { ...first, signature: Buffer.alloc(64) }
    expect(signedBy(note, key)).toBe(true)
    expect(signedBy({ ...note, signatures: [first, bad] }, key)).toBe(false)
  })
})

describe('a checkpoint', () => {
  test('is read as it was written, alone and among others', () => {
    fc.assert(
      fc.property(tree, tree, fc.nat(), (a, b, number) => {
        const epoch = { number: number + 1, publicKey: key.publicKey }
        const notes = [made(checkpointText('x/y', a)), made(checkpointText('x/y', b, epoch))]
        expect(parseCheckpoint(notes[0] ?? '')).toMatchObject({ origin: 'x/y', size: a.size, root: a.root })
        expect(parseCheckpoint(notes[1] ?? '')).toMatchObject({ size: b.size, epoch })
        for (const between of ['', '\n', '\r\n\n']) {
          expect(parseCheckpoints(notes.join(between))?.map(({ source }) => source)).toEqual(notes)
        }
      }),
    )
  })

  test('has one spelling', () => {
    fc.assert(
      fc.property(tree, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (head, spot, character) => {
        const text = checkpointText('x/y', head)
        const at = spot % text.length
        const changed = `${text.slice(0, at)}${character}${text.slice(at + 1)}`
        const found = parseCheckpoint(made(changed))
        if (found === undefined || changed === text) return
        // Another one, which says something else.
        expect([found.origin, found.size, found.root.toString('hex')]).not.toEqual([
          'x/y',
          head.size,
          head.root.toString('hex'),
        ])
      }),
    )
  })

  test('is no text that is none, and no text makes reading one throw', () => {
    fc.assert(
      fc.property(fc.oneof(binary, fc.string().map(made)), text => {
        expect(parseCheckpoint(text)).toBeUndefined()
        expect(() => [parseCheckpoints(text), parseVerifierKey(text)]).not.toThrow()
      }),
    )
  })
})
