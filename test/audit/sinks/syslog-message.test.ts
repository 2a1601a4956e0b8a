import { hostname } from 'node:os'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type SyslogMessage, syslogFrame } from '../../../src/audit/syslog/message.js'

const MESSAGE: SyslogMessage = {
  severity: 'notice',
  time: '2030-01-01T00:00:00.000Z',
  messageId: 'statement',
  data: { id: '01J', status: undefined },
  text: '{}',
}

/** RFC 5424 §6, RFC 6587 §3.4.1, as strictly as they are written. */
const FRAME =
  /^(?<length>[1-9]\d*) <(?<pri>\d{1,3})>1 (?<time>\S+) (?<host>[!-~]{1,255}) (?<app>[!-~]{1,48}) (?<pid>[!-~]{1,128}) (?<id>[!-~]{1,32}) (?<data>-|\[[!-~]+?@\d+(?: [!-~]+?="(?:[^"\\\]]|\\["\\\]])*")*\]) (?<text>.*)$/su

function read(frame: Buffer) {
  const groups = FRAME.exec(frame.toString('utf8'))?.groups
  if (groups === undefined) throw new Error(`no RFC 5424: ${frame.toString('utf8').slice(0, 200)}`)
  return groups
}

describe('a syslog message', () => {
  test('has the fields of RFC 5424, its length in bytes before it', () => {
    const frame = syslogFrame({ ...MESSAGE, text: '{"é":"😀"}' })
    const { length, ...fields } = read(frame)
    expect(Number(length)).toBe(frame.length - `${length} `.length)
    expect(fields).toEqual({
      pri: '109',
      time: MESSAGE.time,
      host: hostname(),
      app: 'cardea',
      pid: String(process.pid),
      id: 'statement',
      data: '[cardea@32473 id="01J"]',
      text: '{"é":"😀"}',
    })
  })

  test('has no element where nothing stands in it', () => {
    expect(read(syslogFrame({ ...MESSAGE, data: {} }))['data']).toBe('-')
  })

  test('is one message, with all of its text, whatever stands in the values', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 60 }).map(text => Buffer.from(text).toString())
    fc.assert(
      fc.property(anything, anything, anything, (value, messageId, text) => {
        const frame = syslogFrame({ ...MESSAGE, messageId, text, data: { value } })
        const { length, data, text: arrived } = read(frame)
        expect(Number(length)).toBe(frame.length - `${length} `.length)
        expect(arrived).toBe(text)
        expect(data).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      }),
      { numRuns: 60 },
    )
  })

  test('says how serious it is', () => {
    const of = (severity: SyslogMessage['severity']) => read(syslogFrame({ ...MESSAGE, severity }))['pri']
    expect(['error', 'warning', 'notice', 'informational'].map(each => of(each as 'error'))).toEqual([
      '107',
      '108',
      '109',
      '110',
    ])
  })
})
