/**
 * The examples of "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)" in the
 * Amazon S3 API Reference, signature by signature.
 */
import { describe, expect, test } from '@jest/globals'
import { encodeS3, type S3Request, signedHeaders } from '../../../src/audit/s3/signature.js'

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const now = Date.UTC(2013, 4, 24)
const none = new Uint8Array()
const at = (rest: string): URL => new URL(`https://examplebucket.s3.amazonaws.com${rest}`)

const examples: readonly (readonly [string, S3Request, string])[] = [
  [
    'GET of the first bytes of an object',
    { method: 'GET', url: at('/test.txt'), headers: { range: 'bytes=0-9' }, body: none },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'PUT of an object with a header of the storage class',
    {
      method: 'PUT',
      url: at('/test%24file.text'),
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      body: Buffer.from('Welcome to Amazon S3.'),
    },
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    'GET of a parameter without a value',
    { method: 'GET', url: at('/?lifecycle'), headers: {}, body: none },
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'GET of a list',
    { method: 'GET', url: at('/?max-keys=2&prefix=J'), headers: {}, body: none },
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
]

describe('the signature of S3', () => {
  test.each(examples)('of a %s is the documented one', (_title, request, signature) => {
    const { authorization } = signedHeaders(request, 'us-east-1', credentials, now)
    expect(authorization?.split('Signature=')[1]).toBe(signature)
  })

  test('covers the token of temporary credentials', () => {
    const request: S3Request = { method: 'GET', url: at('/a'), headers: {}, body: none }
    const headers = signedHeaders(request, 'us-east-1', { ...credentials, sessionToken: 'token' }, now)
    expect(headers['x-amz-security-token']).toBe('token')
    expect(headers['authorization']).toContain('x-amz-security-token,')
  })

  test('is over everything but unreserved characters encoded', () => {
    expect(encodeS3("a-Z_0.~!'()*/ ä")).toBe('a-Z_0.~%21%27%28%29%2A%2F%20%C3%A4')
  })
})
