/** The shape of a statement's record: who asked for what, and what was decided. */
import { z } from 'zod'
import type { StatementRecord } from '../../model/record.js'

/** A member that records gain and that the schema does not name does not compile. */
export type Shape<Of> = Readonly<Record<keyof Required<Of>, z.ZodType>>

export const text = z.string()
export const names = z.array(text)
export const count = z.int().nonnegative()
export const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

const who = {
  subject: text.describe('Unique together with issuer.'),
  issuer: text.describe('Who vouches for the subject.'),
  roles: names.optional(),
  amr: names.describe('How the issuer says it was authenticated (RFC 8176).').optional(),
}
const kind = z.enum(['human', 'service', 'agent'])

const principal: z.ZodType = z
  .strictObject({
    ...who,
    kind,
    name: text.optional(),
    acr: text.describe('Authentication context class, as the issuer names it.').optional(),
    tokenId: text.describe('The jti of its token.').optional(),
    onBehalfOf: z.lazy(() => principal).optional(),
  })
  .meta({ id: 'principal' })

const agent = z.strictObject({
  framework: text,
  id: text,
  version: text.optional(),
  toolCall: text.describe('The id that the framework gave the call.').optional(),
  claimedReason: text.describe('Why it said it needs this.').optional(),
})

const analysis = z.strictObject({
  kind: text.describe('Of the outermost statement: select, insert, ddl, …').optional(),
  verbs: names.describe('Every distinct effect, nested ones too.').optional(),
  scope: z
    .enum(['none', 'tautology', 'keyed', 'bounded', 'open'])
    .describe('How much an update or delete can touch: the widest.')
    .optional(),
  columns: names.describe('Columns with a label that it shows, uses or copies.').optional(),
  problem: text.describe('Why it could not be analysed.').optional(),
})

const obligations = z.strictObject({
  budgets: names.describe('What its rows were counted against.').optional(),
  errors: z.enum(['pass', 'scan', 'redact']).describe('What becomes of error text.'),
  mask: z
    .union([names, z.literal(['scan-all', 'none'])])
    .describe('One for each column of the result: the method and the label that asked for it.'),
  maxAffectedRows: count.optional(),
  maxRows: count.optional(),
  readOnly: z.boolean().describe('The database was told to refuse any write.'),
  timeoutMs: count.optional(),
})

const decision = z.strictObject({
  id: text,
  effect: z.enum(['allow', 'deny', 'require_approval']),
  rule: text,
  reason: text,
  policyHash: text.describe('The policy in force; its policy.load record names it. Empty: none was asked.'),
})

const approver = z.strictObject({
  ...who,
  kind: kind.optional(),
  email: text.optional(),
  groups: names.optional(),
})

const approval = z.strictObject({
  grant: text,
  kind: z.enum(['single', 'window', 'break-glass']),
  request: text,
  approvers: z.array(approver),
  reasons: names.describe('One for each approver, with the ticket where there is one.'),
  grantedAt: time,
  expiresAt: time,
})

const statement = {
  principal: principal.nullable().describe('null when nobody could be identified.'),
  agent: agent.describe('The software that spoke: claims of the caller.').optional(),
  certificate: text.describe('Base64url SHA-256 of the certificate of the connection.').optional(),
  session: text.describe('The conversation.'),
  origination: text.describe('Where the request came from.'),
  point: z.enum(['knex', 'postgres', 'mysql', 'http', 'mcp', 'explain']).describe('Which door took it.'),
  dataSource: z.strictObject({
    id: text,
    environment: text,
    dialect: z.enum(['postgres', 'mysql', 'sqlite']),
  }),
  statement: text.describe('With protected values masked.'),
  statementTruncated: z.boolean().optional(),
  fingerprint: text.describe('The statement without its literals.').optional(),
  bindings: names.describe('Masked.'),
  analysis: analysis.describe('Absent where it did not get that far.').optional(),
  objects: z
    .array(z.strictObject({ name: text, access: z.enum(['read', 'write']) }))
    .describe('The relations that it touches.'),
  labels: names.describe('Of every labelled column that it shows, uses or copies.'),
  decision,
  obligations: obligations.describe('What had to hold when it ran; not of what was denied.').optional(),
  approval: approval.describe('Present where people were asked.').optional(),
} satisfies Shape<StatementRecord>

export const statementSchema = z.strictObject(statement).meta({ id: 'statement' })
