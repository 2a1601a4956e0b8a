/** Trails whose checkpoints are anchored, and what somebody who owns their host could put in their place. */
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Anchor } from '../../../src/audit/anchors/anchor.js'
import type { AnchorReading } from '../../../src/audit/anchors/read.js'
import { type VerifyReport, verifyTrail } from '../../../src/audit/verify.js'
import type { Checkpoint } from '../../../src/model/checkpoint.js'
import { open, read, segmentNames } from '../kit.js'

export const ORIGIN = 'app-3/billing'

export interface Place {
  readonly path: string
  remove(): void
}

export function place(): Place {
  const path = mkdtempSync(join(tmpdir(), 'cardea-anchors-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A checkpoint that nobody has signed: anchors keep what they are given. */
export function checkpoint(size: number, over: Partial<Checkpoint> = {}): Checkpoint {
  const root = Buffer.alloc(32, size % 251).toString('base64')
  const origin = over.origin ?? ORIGIN
  const signature = Buffer.alloc(68, 7).toString('base64')
  const note = `${origin}\n${size}\n${root}\n\n\u2014 ${origin} ${signature}\n`
  return { origin, size, root, note, signer: 'epoch', time: '2030-01-01T00:00:00.000Z', ...over }
}

export function signal(): AbortSignal {
  return new AbortController().signal
}

/** What an attacker may have made of one trail. */
export interface Attacked {
  readonly whole: string
  readonly attacks: Readonly<Record<string, string>>
}

/** @param anchor made anew at each opening. */
export async function attackedTrails(directory: string, anchor: () => Anchor): Promise<Attacked> {
  mkdirSync(directory, { recursive: true })
  const root = join(directory, 'root.pem')
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  writeFileSync(root, pem, { mode: 0o600 })
  const at = (name: string): string => join(directory, name)
  const write = async (name: string, records: number, anchors: readonly Anchor[]): Promise<void> => {
    const trail = await open(at(name), { origin: ORIGIN, durability: 'os', keys: { root }, anchors })
    for (let record = 0; record < records; record++) await read(trail)
    await trail.close()
  }
  const copy = (from: string, to: string): void => cpSync(at(from), at(to), { recursive: true })

  await write('whole', 3, [anchor()])
  copy('whole', 'backup')
  await write('whole', 3, [anchor()])

  copy('whole', 'cut')
  for (const name of segmentNames(at('cut')).slice(segmentNames(at('backup')).length)) {
    rmSync(join(at('cut'), name))
  }
  cpSync(join(at('backup'), 'checkpoint'), join(at('cut'), 'checkpoint'))

  // Under the same name: its root key is in the same hands.
  mkdirSync(at('rewritten'))
  cpSync(join(at('whole'), 'KEYS'), join(at('rewritten'), 'KEYS'))
  await write('rewritten', 5, [])
  await write('rewritten', 5, [])

  copy('backup', 'other')
  await write('other', 9, [])
  return {
    whole: at('whole'),
    attacks: {
      'the newest segment and its checkpoint are deleted': at('cut'),
      'an old backup is put back': at('backup'),
      'everything is written anew with the root key': at('rewritten'),
      'an old backup is put back and written on, so that there are two histories': at('other'),
    },
  }
}

export function verified(directory: string, readings: readonly AnchorReading[]): Promise<VerifyReport> {
  const checkpoints = readings.flatMap(reading => reading.checkpoints.map(({ note }) => note))
  return verifyTrail(directory, { checkpoints })
}
