/** Somebody who holds keys, or copies of the trail: what a key of an epoch can do, and what only an anchor shows. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { pemRootSigner } from '../../../src/audit/keys/root-signer.js'
import type { TrailEntry } from '../../../src/audit/trail-line.js'
import { verifyTrail } from '../../../src/audit/verify.js'
import { inDirectory, open, read, rejection, segmentNames } from '../kit.js'
import { attacked, type Genuine, genuine, keyPair, latestOf, rebuilt, verdictOn } from './kit.js'

let real: Genuine

beforeAll(async () => {
  real = await genuine()
})

const forge = (entry: TrailEntry) =>
  JSON.parse(JSON.stringify(entry).replaceAll('alice', 'mallory')) as TrailEntry
const originals = () => real.trail.lines.map(line => JSON.parse(line) as TrailEntry)

describe('with a stolen key of an epoch', () => {
  test('nothing from before the epoch can be rewritten: the root has signed it', async () => {
    const stolen = { epochs: real.keys.epochs }
    const forged = rebuilt(originals().map(forge), stolen)
    const report = await verdictOn(forged, real.keys.root)
    expect(report.status).toBe('tampered')
    expect(report.firstBad?.reason).toContain('are not those that the root key has signed')
  })

  test('what came after can, which a checkpoint kept elsewhere shows', async () => {
    const since = originals().findLastIndex(({ event }) => event === 'trail.key')
    const forged = rebuilt(
      originals().map((entry, at) => (at > since ? forge(entry) : entry)),
      { epochs: real.keys.epochs },
    )
    const report = await verdictOn(forged, real.keys.root)
    expect(report).toMatchObject({ status: 'whole', unanchored: true })
    expect(report.limits.join(' ')).toContain('a rewrite by whoever has its keys')
    const anchored = await verdictOn(forged, real.keys.root, { checkpoints: [real.trail.latest] })
    expect(anchored).toMatchObject({ status: 'tampered', unanchored: true })
    expect(anchored.firstBad?.reason).toContain('kept elsewhere names')
  })

  test('of one that is over, nothing later can be signed', async () => {
    const [first] = real.keys.epochs
    const forged = rebuilt(originals(), { epochs: [first, first].flatMap(pair => pair ?? []) })
    const report = await verdictOn(forged, real.keys.root)
    expect(report.firstBad?.reason).toContain('not signed with the key in use')
  })

  test('a key of one’s own is not introduced without the root', async () => {
    const own = keyPair()
    const forged = rebuilt(originals(), { root: own, epochs: real.keys.epochs })
    const report = await verdictOn(forged, real.keys.root)
    expect(report.firstBad?.reason).toContain('the root key has not signed')
  })
})

describe('with the root key', () => {
  test('everything can be rewritten, which only a checkpoint kept elsewhere shows', async () => {
    const forged = rebuilt(originals().map(forge), real.keys)
    const rootKey = real.keys.root.publicKey
    const report = await verdictOn(forged, real.keys.root, { rootKey })
    expect(report).toMatchObject({ status: 'whole', unanchored: true, root: { pinned: true } })
    expect(report.limits.join(' ')).toContain('Without a checkpoint kept elsewhere')
    const anchored = await verdictOn(forged, real.keys.root, { rootKey, checkpoints: [real.trail.latest] })
    expect(anchored.status).toBe('tampered')
  })

  test('of one’s own, everything can be rewritten, which the true one shows', async () => {
    const own = { root: keyPair(), epochs: [keyPair(), keyPair()] }
    const forged = rebuilt(originals().map(forge), own)
    expect((await verdictOn(forged, own.root)).status).toBe('whole')
    const report = await verdictOn(forged, own.root, { rootKey: real.keys.root.publicKey })
    expect(report.firstBad?.reason).toContain('another root key')
  })

  test('no writer goes on under another one', async () => {
    await attacked(async ({ directory }) => {
      const other = pemRootSigner(keyPair().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
      const again = await rejection(open(directory, { keys: { root: other } }))
      expect(again).toMatchObject({ code: 'CARDEA_CONFIGURATION' })
      expect(await rejection(open(directory))).toMatchObject({ code: 'CARDEA_CONFIGURATION' })
    })
  })
})

describe('with copies', () => {
  const keyOf = (file: string) => createPublicKey(createPrivateKey(readFileSync(file, 'utf8')))

  test('an old backup put back is genuine by itself, and shows against a later checkpoint', async () => {
    await attacked(async ({ directory, backup, rootFile }) => {
      const kept = latestOf(directory)
      rmSync(directory, { recursive: true })
      cpSync(backup, directory, { recursive: true })
      const rootKey = keyOf(rootFile)
      expect(await verifyTrail(directory, { rootKey })).toMatchObject({ status: 'whole', unanchored: true })
      const anchored = await verifyTrail(directory, { rootKey, checkpoints: [kept] })
      expect(anchored.status).toBe('tampered')
      expect(anchored.firstBad?.reason).toContain('the tail is missing')
    })
  })

  test('the newest segment deleted is seen; with an older checkpoint put back, against a later one', async () => {
    await attacked(async ({ directory, backup }) => {
      const kept = latestOf(directory)
      rmSync(join(directory, segmentNames(directory).at(-1) ?? ''))
      expect(await verifyTrail(directory)).toMatchObject({ status: 'tampered' })
      cpSync(join(backup, 'checkpoint'), join(directory, 'checkpoint'))
      expect(await verifyTrail(directory)).toMatchObject({ status: 'whole', unanchored: true })
      expect(await verifyTrail(directory, { checkpoints: [kept] })).toMatchObject({ status: 'tampered' })
    })
  })

  test('two histories from one beginning contradict each other’s checkpoints', async () => {
    await attacked(async ({ directory, backup, rootFile }) => {
      const other = await open(backup, { keys: { root: rootFile } })
      for (let at = 0; at < 4; at++) await read(other)
      await other.close()
      expect(await verifyTrail(backup)).toMatchObject({ status: 'whole' })
      expect(await verifyTrail(backup, { checkpoints: [latestOf(directory)] })).toMatchObject({
        status: 'tampered',
      })
      expect((await verifyTrail(directory, { checkpoints: [latestOf(backup)] })).status).toBe('tampered')
    })
  })

  test('a checkpoint of another trail is no anchor of this one', async () => {
    await attacked(async ({ directory }) => {
      await inDirectory(async other => {
        const trail = await open(other)
        await trail.close()
        const report = await verifyTrail(directory, { checkpoints: [latestOf(other)] })
        expect(report.firstBad?.reason).toContain('is of another trail')
      })
    })
  })
})
