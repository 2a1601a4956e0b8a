import { afterEach, describe, expect, test } from '@jest/globals'
import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import { CardeaError } from '../../src/errors.js'
import { withToolSpan } from '../../src/telemetry/tool-span.js'
import { keepSpans } from './spans.js'

const spans = keepSpans()
afterEach(() => spans.clear())

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${TRACE}-b7ad6b7169203331-01`
const PAN = '4111111111111111'

const answer = (content: string, is_error = false) => ({
  type: 'ToolResult',
  name: 'query',
  result: [{ type: 'TextResultContent', content }],
  is_error,
})

describe('a tool call', () => {
  test('has the span that the conventions ask for, below the caller’s own', async () => {
    const result = answer('{"status":"ok","columns":["pan"],"rows":[["411111******1111"]]}')
    const given = await withToolSpan(
      { tool: 'query', callId: 'call_1', trace: { traceparent, tracestate: 'a=1' } },
      async () => result,
    )
    expect(given).toBe(result)
    const [span] = spans.all()
    expect(span?.name).toBe('execute_tool query')
    expect(span?.attributes).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'query',
      'gen_ai.tool.type': 'datastore',
      'gen_ai.tool.call.id': 'call_1',
      'cardea.tool.status': 'ok',
    })
    expect(span?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: 'b7ad6b7169203331' })
    expect(span?.spanContext().traceId).toBe(TRACE)
    expect(span?.spanContext().traceState?.serialize()).toBe('a=1')
    expect(span?.status.code).toBe(SpanStatusCode.UNSET)
  })

  test.each([
    ['denied', '{"status":"denied","code":"CARDEA_POLICY_DENIED","reason":"x"}', 'CARDEA_POLICY_DENIED'],
    ['failed', '{"status":"failed","code":"42703","error":"x"}', '42703'],
    ['invalid', '{"status":"invalid","reason":"x"}', 'invalid'],
  ])(
    'that is %s is an error by its code, also where the client is told it is none',
    async (status, text, code) => {
      await withToolSpan({ tool: 'execute' }, async () => answer(text))
      const [span] = spans.all()
      expect(span?.attributes).toMatchObject({ 'cardea.tool.status': status, 'error.type': code })
      expect(span?.status).toEqual({ code: SpanStatusCode.ERROR })
    },
  )

  test('that waits for an approval is no error', async () => {
    await withToolSpan({ tool: 'execute' }, async () =>
      answer('{"status":"approval_required","approval_id":"x"}'),
    )
    expect(spans.all()[0]?.attributes).toMatchObject({ 'cardea.tool.status': 'approval_required' })
    expect(spans.all()[0]?.status.code).toBe(SpanStatusCode.UNSET)
  })

  test.each([undefined, null, 7, 'x', {}, { result: [] }, { result: [{}] }, answer('no JSON')])(
    'may answer anything: %p',
    async given => {
      expect(await withToolSpan({ tool: 'query' }, async () => given)).toBe(given)
      expect(spans.all()).toHaveLength(1)
    },
  )

  test('that breaks ends its span with a code and without words', async () => {
    const error = new CardeaError('CARDEA_CLOSED', `closed ${PAN}`)
    await expect(withToolSpan({ tool: 'query' }, () => Promise.reject(error))).rejects.toBe(error)
    const strange = Object.assign(new Error(PAN), { code: PAN })
    await expect(withToolSpan({ tool: 'query' }, () => Promise.reject(strange))).rejects.toBe(strange)
    expect(spans.all().map(({ attributes }) => attributes['error.type'])).toEqual(['CARDEA_CLOSED', '_OTHER'])
    expect(spans.text()).not.toContain(PAN)
  })
})

describe('the parent', () => {
  const tracer = trace.getTracer('host')

  test('is the active span, where the header began its trace', async () => {
    const server = tracer.startSpan('POST /mcp')
    const { traceId, spanId } = server.spanContext()
    const header = { traceparent: `00-${traceId}-b7ad6b7169203331-01` }
    await context.with(trace.setSpan(context.active(), server), () =>
      withToolSpan({ tool: 'query', trace: header }, async () => undefined),
    )
    expect(spans.all()[0]?.parentSpanContext?.spanId).toBe(spanId)
    expect(spans.all()[0]?.links).toEqual([])
  })

  test('is the caller’s, with a link to the active one, where they are of two traces', async () => {
    const server = tracer.startSpan('POST /mcp')
    await context.with(trace.setSpan(context.active(), server), () =>
      withToolSpan({ tool: 'query', trace: { traceparent } }, async () => undefined),
    )
    expect(spans.all()[0]?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
    expect(spans.all()[0]?.links.map(link => link.context.spanId)).toEqual([server.spanContext().spanId])
  })

  test.each(['', 'x', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `${traceparent}-x`, PAN])(
    'is nobody’s where the header is no trace context: %p',
    async wrong => {
      await withToolSpan({ tool: 'query', trace: { traceparent: wrong } }, async () => undefined)
      expect(spans.all()[0]?.parentSpanContext).toBeUndefined()
    },
  )

  test('brings no baggage', async () => {
    const { propagation } = await import('@opentelemetry/api')
    let seen: unknown
    await withToolSpan({ tool: 'query', trace: { traceparent, baggage: `pan=${PAN}` } }, async () => {
      seen = propagation.getBaggage(context.active())
    })
    expect(seen).toBeUndefined()
    expect(spans.text()).not.toContain(PAN)
  })
})

test('whatever a model or client makes up as names and ids, no card number is in a span', async () => {
  const digits = fc.constantFrom(
    PAN,
    '4111-1111-1111-1111',
    '4111 1111 1111 1111',
    `call_${PAN}`,
    '4111_1111.1111:1111',
  )
  const text = fc.oneof(
    digits,
    fc.string(),
    fc.tuple(fc.string(), digits).map(parts => parts.join('')),
  )
  await fc.assert(
    fc.asyncProperty(text, text, async (tool, callId) => {
      spans.clear()
      await withToolSpan({ tool, callId }, async () => answer(`{"status":"ok","code":"${PAN}"}`))
      expect(spans.text().replace(/\W|_/g, '')).not.toContain(PAN)
      expect(spans.all()[0]?.name.length).toBeLessThan(90)
    }),
    { numRuns: 200 },
  )
})
