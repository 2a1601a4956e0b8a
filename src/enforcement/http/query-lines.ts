/** `POST /v1/query` for a client that takes lines: the same statement, through the same pipeline, in batches. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Outcome } from '../../model/governor.js'
import { isRefusal } from '../../model/refusal.js'
import { isStream } from '../../model/result.js'
import type { Statements } from '../../model/statements.js'
import { exchange } from '../exchange.js'
import type { Members } from './message.js'
import { invalid } from './refusal.js'
import { answered } from './release.js'
import { deniedBody } from './standing.js'
import { endOf, failedBody, LINES, writeLines } from './stream.js'

const BATCH = 500
const STALL_MS = 60_000

const sound = (text: string): boolean => !/[\0\p{Surrogate}]/u.test(text)
const text = (longest: number) => z.string().min(1).max(longest).refine(sound)
const whole = z.int()
const number = z.number().refine(value => !Number.isInteger(value) || whole.safeParse(value).success)
const scalar = z.union([z.string().max(1_000_000).refine(sound), number, z.boolean(), z.null()])

/** What the tool `query` takes; null means absent. */
const Arguments = z.strictObject({
  sql: text(100_000),
  params: z.array(scalar).max(1_000).nullish(),
  max_rows: whole.min(1).nullish(),
})

const UNREADABLE =
  'query takes sql, a text; params, a list of texts, numbers, booleans and nulls; and max_rows, a whole number from 1 on. ' +
  'Integers beyond 2^53 are given as text.'

export async function queryLines(
  request: FastifyRequest,
  reply: FastifyReply,
  statements: Statements,
  args: Members,
): Promise<FastifyReply> {
  const whole = (body: object): FastifyReply => answered(request, reply, JSON.stringify(body), LINES)
  const read = Arguments.safeParse(args)
  if (!read.success) return whole(invalid(UNREADABLE))
  const { sql, params, max_rows } = read.data
  const { signal } = exchange(reply.raw)
  let outcome: Outcome
  try {
    const explained = await statements.explain(sql, params ?? [])
    if (isRefusal(explained)) return whole(deniedBody(explained))
    const { facts, decision } = explained
    // What policy denies is handed in all the same: the refusal belongs on record.
    if (decision.effect !== 'deny' && !(facts.analyzable && facts.readOnly)) return whole(invalid(WRITES))
    outcome = await statements.run(sql, params ?? [], {
      signal,
      batch: BATCH,
      arrays: true,
      approval: { mode: 'ticket' },
    })
  } catch (error) {
    return whole(endOf(error))
  }
  if (outcome.kind === 'failed') return whole(failedBody(outcome.error))
  if (outcome.kind === 'refused') return whole(refusedBody(outcome.refusal))
  const { result, masked } = outcome
  if (!isStream(result)) throw new TypeError('a result that was asked for in batches came at once')
  reply.hijack()
  reply.raw.writeHead(200, { ...headersOf(reply), 'content-type': LINES })
  await writeLines(reply.raw, {
    result,
    masked,
    most: max_rows ?? Number.POSITIVE_INFINITY,
    stallMs: STALL_MS,
    signal,
  })
  return reply
}

const WRITES = 'query only reads, and this statement may change something. POST it to /v1/execute.'

function refusedBody(refusal: Extract<Outcome, { kind: 'refused' }>['refusal']): object {
  if (refusal.code !== 'CARDEA_APPROVAL_PENDING') return deniedBody(refusal)
  return {
    status: 'approval_required',
    approval_id: refusal.ticket,
    reason: refusal.reason,
    next: 'POST /v1/approvals/{approval_id} gives the rows once a person has approved.',
  }
}

function headersOf(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]))
}
