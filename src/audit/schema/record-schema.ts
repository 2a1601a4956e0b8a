/**
 * The shape of every record of a trail, from which docs/audit-record.schema.json is made. A member that it does not
 * name is refused. What is in the detail of a lifecycle record is left to its event.
 */
import { z } from 'zod'
import type { OutcomeDetail } from '../../model/record.js'
import { EVENTS } from './events.js'
import { count, names, type Shape, statementSchema, text, time } from './statement-schema.js'

const digest = z.string().regex(/^[0-9a-f]{64}$/)

const outcome = {
  status: z.enum(['released', 'refused', 'failed', 'cut', 'unknown']),
  durationMs: z.number().nonnegative().describe('Milliseconds from the intent to the outcome.'),
  rows: count.describe('Released.').optional(),
  truncated: z.boolean().describe('There were more rows than the caller asked for first.').optional(),
  affected: count.describe('Rows written.').optional(),
  bytes: count.describe('Of what the digest is over.').optional(),
  masked: z.record(text, count).describe('Cells that masking changed, by label or detector.').optional(),
  columns: names.describe('Of the result, in order.').optional(),
  payload: z.array(z.array(z.unknown())).describe('The first masked rows.').optional(),
  payloadTruncated: z.boolean().optional(),
  digest: digest.describe('SHA-256 over all rows as released.').optional(),
  digestForm: z.literal('encoded').describe('Over the messages that carried the rows.').optional(),
  error: z.strictObject({ code: text, sqlstate: text.optional(), message: text }).optional(),
} satisfies Shape<OutcomeDetail>

const place = {
  v: z.literal(1),
  origin: text.describe('Which writer.'),
  seq: z.int().positive().describe('From 1, without gaps.'),
  prev: digest.describe('SHA-256 of the line before, without its line feed; zeros for the first.'),
  id: text.describe('ULID; joins intent and outcome.'),
  time: time.describe('UTC.'),
}

const statement = { ...place, event: z.literal('statement') }

const intent = z.strictObject({ ...statement, phase: z.literal('intent'), body: statementSchema })

const ended = z.strictObject({
  ...statement,
  phase: z.literal('outcome'),
  body: statementSchema.describe('Where no intent went before.').optional(),
  outcome: z.strictObject(outcome).meta({ id: 'outcome' }),
})

const events = Object.entries(EVENTS).map(([event, when]) => z.literal(event).describe(when))

const single = z.strictObject({
  ...place,
  event: z.union(events),
  phase: z.literal('single'),
  detail: z.record(text, z.unknown()).describe('What the event has to say.'),
})

export const recordSchema = z.union([intent, ended, single])
