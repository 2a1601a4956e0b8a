/** The root key of a trail: where it comes from, what it signs, and what happens when it does not. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { generateRootKey, pemRootSigner, type RootSigner } from '../../../src/audit/keys/root-signer.js'
import { verifyTrail } from '../../../src/audit/verify.js'
import { ConfigurationError } from '../../../src/errors.js'
import { diskError, inDirectory, open, read, recordsOf, rejection } from '../kit.js'

describe('a key that was not named', () => {
  test('is made once, for its owner alone, kept beside the trail, and told of', async () => {
    await inDirectory(async directory => {
      for (let opening = 0; opening < 2; opening++) {
        const trail = await open(directory)
        await read(trail)
        await trail.close()
      }
      expect(statSync(join(directory, 'root.key')).mode & 0o777).toBe(0o600)
      const report = await verifyTrail(directory)
      expect(report).toMatchObject({ status: 'whole', root: { kept: 'beside', pinned: false } })
      expect(report.limits.join(' ')).toContain('signed by a key kept beside the trail')
      const roots = recordsOf(directory).flatMap(record =>
        record.event === 'trail.key' ? [record.detail['root']] : [],
      )
      expect(roots).toEqual([report.root?.publicKey, report.root?.publicKey])
    })
  })

  test('is beside the trail also where the trail says otherwise', async () => {
    await inDirectory(async directory => {
      const file = `${directory}.pem`
      writeFileSync(file, generateRootKey().privateKey)
      const trail = await open(directory, { keys: { root: file } })
      await trail.close()
      expect((await verifyTrail(directory)).root?.kept).toBe('elsewhere')
      renameSync(file, join(directory, 'root.key'))
      expect((await verifyTrail(directory)).root?.kept).toBe('beside')
    })
  })

  test('that is gone is not made again', async () => {
    await inDirectory(async directory => {
      await (await open(directory)).close()
      rmSync(join(directory, 'root.key'))
      const error = await rejection(open(directory))
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(String(error)).toContain('keys: { root }')
    })
  })
})

describe('a key that was named', () => {
  test.each([
    [
      'of another kind',
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ],
    ['that is public', generateRootKey().publicKey],
    ['that is none', 'sesame'],
  ])('%s is refused, and not repeated', async (_name, pem) => {
    expect(() => pemRootSigner(pem)).toThrow(ConfigurationError)
    await inDirectory(async directory => {
      const file = `${directory}.pem`
      writeFileSync(file, pem)
      const error = await rejection(open(directory, { keys: { root: file } }))
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(String(error)).not.toContain(pem.split('\n')[1] || 'sesame')
    })
  })

  test('in a file that is not there fails the opening', async () => {
    await inDirectory(async directory => {
      const error = await rejection(open(directory, { keys: { root: join(directory, 'no.pem') } }))
      expect(error).toMatchObject({ code: 'CARDEA_CONFIGURATION' })
    })
  })
})

describe('a signer elsewhere', () => {
  const pair = generateKeyPairSync('ed25519')
  const signer = (answer: RootSigner['sign']): RootSigner => ({ publicKey: pair.publicKey, sign: answer })

  test('signs little, and nothing of a record', async () => {
    await inDirectory(async directory => {
      const given: string[] = []
      const root = signer(async bytes => {
        given.push(Buffer.from(bytes).toString('utf8'))
        return sign(null, bytes, pair.privateKey)
      })
      const trail = await open(directory, { keys: { root }, origin: 'gateway 1+a' })
      await read(trail)
      await trail.close()
      expect(given).toEqual([
        expect.stringMatching(/^gateway-1-a\/[0-9A-Z]{26}\n0\n[\w+/]{43}=\nepoch 1 [\w+/]{43}=\n$/),
      ])
      expect(await verifyTrail(directory, { rootKey: pair.publicKey })).toMatchObject({ status: 'whole' })
    })
  })

  test.each<[string, RootSigner['sign']]>([
    ['does not answer', async () => Promise.reject(diskError('ECONNREFUSED'))],
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['signs something else', async () => sign(null, Buffer.from('another'), pair.privateKey)],
    ['answers with too little', async () => Buffer.alloc(3)],
  ])('that %s fails the opening, and leaves a trail that can be opened', async (_name, answer) => {
    await inDirectory(async directory => {
      const error = await rejection(open(directory, { keys: { root: signer(answer) } }))
      expect(error).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      const trail = await open(directory, {
        keys: { root: signer(async bytes => sign(null, bytes, pair.privateKey)) },
      })
      await trail.close()
      expect((await verifyTrail(directory)).status).toBe('whole')
    })
  })
})

test('the name of a trail stays, whatever its host is called later', async () => {
  await inDirectory(async directory => {
    await (await open(directory, { origin: 'first' })).close()
    const keys = readFileSync(join(directory, 'KEYS'), 'utf8')
    await (await open(directory, { origin: 'second' })).close()
    expect(readFileSync(join(directory, 'KEYS'), 'utf8')).toBe(keys)
    expect(readFileSync(join(directory, 'checkpoint'), 'utf8')).toMatch(/^first\//)
    expect((await verifyTrail(directory)).status).toBe('whole')
  })
})
