/**
 * A private S3 server with Object Lock: moto from PyPI, which checks signatures and rights here; by night versitygw, whose
 * program CARDEA_TEST_VERSITYGW names, and which stores what it is given.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type S3Credentials, signedHeaders } from '../../../src/audit/s3/signature.js'
import { systemClock } from '../../../src/util/clock.js'
import { freePort, PrivateServer, run } from './process.js'

const CACHE = fileURLToPath(new URL('../../../.cache/', import.meta.url))
const REQUIREMENTS = ['moto==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5', 'PyYAML==6.0.4']

export interface S3Server {
  readonly endpoint: string
  readonly region: 'us-east-1'
  readonly credentials: S3Credentials
  /** @param locked whether its objects can be held. */
  makeBucket(name: string, locked: boolean): Promise<void>
  /** @returns the status. @param path of the bucket and key, encoded. */
  request(method: 'DELETE' | 'PUT', path: string, headers?: Readonly<Record<string, string>>): Promise<number>
  stop(): Promise<void>
}

/** @throws Error when no server can be had. */
export function startS3(): Promise<S3Server> {
  const versitygw = process.env['CARDEA_TEST_VERSITYGW'] ?? ''
  return versitygw === '' ? startMoto() : startVersitygw(versitygw)
}

async function startVersitygw(program: string): Promise<S3Server> {
  const server = new PrivateServer('s3', 'KILL')
  try {
    const address = `127.0.0.1:${await freePort()}`
    const credentials = { accessKeyId: 'cardea', secretAccessKey: 'a-secret-of-this-test' }
    const [objects, versions, log] = [
      server.path('objects'),
      server.path('versions'),
      server.path('server.log'),
    ]
    await server.run('mkdir', [objects, versions])
    server.start(
      await server.program(program),
      ['--port', address, 'posix', '--versioning-dir', versions, objects],
      log,
      {
        ROOT_ACCESS_KEY: credentials.accessKeyId,
        ROOT_SECRET_KEY: credentials.secretAccessKey,
      },
    )
    await server.ready(async () => {
      await fetch(`http://${address}/`)
    }, log)
    return client(`http://${address}`, credentials, () => server.stop())
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function startMoto(): Promise<S3Server> {
  const packages = await moto()
  const server = new PrivateServer('s3', 'KILL')
  try {
    const port = await freePort()
    const endpoint = `http://127.0.0.1:${port}`
    const log = server.path('server.log')
    server.start('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], log, {
      PYTHONPATH: await server.reachable(packages),
      PYTHONDONTWRITEBYTECODE: '1',
      // The three that make the account below; every other request needs a right signature and a right.
      INITIAL_NO_AUTH_ACTION_COUNT: '3',
    })
    await server.ready(async () => {
      await fetch(`${endpoint}/moto-api/`)
    }, log)
    return client(endpoint, await account(endpoint), () => server.stop())
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** The packages, in a folder of the project's cache. */
async function moto(): Promise<string> {
  const place = join(CACHE, `python-${REQUIREMENTS.join('-').replace(/[^\w.-]+/g, '_')}`)
  if (existsSync(place)) return place
  await mkdir(CACHE, { recursive: true })
  const work = await mkdtemp(join(CACHE, 'python-download-'))
  try {
    await run('python3', ['-m', 'venv', join(work, 'venv')])
    const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '--no-input', '--no-compile']
    await run(join(work, 'venv/bin/python'), [...pip, '--target', join(work, 'packages'), ...REQUIREMENTS])
    // Another run may have been quicker: either copy will do.
    await rename(join(work, 'packages'), place).catch((error: unknown) => {
      if (!existsSync(place)) throw error
    })
    return place
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** One that may do everything. */
async function account(endpoint: string): Promise<S3Credentials> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x'
  const call = async (parameters: Readonly<Record<string, string>>): Promise<string> => {
    const body = new URLSearchParams({ Version: '2010-05-08', UserName: 'cardea', ...parameters })
    const response = await fetch(endpoint, { method: 'POST', headers: { authorization }, body })
    return response.text()
  }
  await call({ Action: 'CreateUser' })
  const key = await call({ Action: 'CreateAccessKey' })
  const rights = { Effect: 'Allow', Action: '*', Resource: '*' }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [rights] })
  await call({ Action: 'PutUserPolicy', PolicyName: 'all', PolicyDocument: document })
  const [, accessKeyId = ''] = /<AccessKeyId>([^<]*)/.exec(key) ?? []
  const [, secretAccessKey = ''] = /<SecretAccessKey>([^<]*)/.exec(key) ?? []
  return { accessKeyId, secretAccessKey }
}

function client(endpoint: string, credentials: S3Credentials, stop: () => Promise<void>): S3Server {
  const region = 'us-east-1'
  const request: S3Server['request'] = async (method, path, headers = {}) => {
    const url = new URL(`${endpoint}/${path}`)
    // The signature knows methods that the library needs; a deletion is none of them.
    const signing = { method: method as 'PUT', url, headers, body: new Uint8Array() }
    const signed = signedHeaders(signing, region, credentials, systemClock.now())
    const response = await fetch(url, { method, headers: signed })
    await response.arrayBuffer()
    return response.status
  }
  return {
    endpoint,
    region,
    credentials,
    request,
    makeBucket: async (name, locked) => {
      const status = await request('PUT', name, locked ? { 'x-amz-bucket-object-lock-enabled': 'true' } : {})
      if (status !== 200) throw new Error(`The bucket ${name} could not be made (${status}).`)
    },
    stop,
  }
}
