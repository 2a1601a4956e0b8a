/** The shape of a gateway's configuration file, and what each key may hold. */
import { z } from 'zod'
import { duration, durationUpTo, oneOrMany, ruleId, section, word } from '../../policy/schema-parts.js'
import { auditAnchors } from './audit-anchors-schema.js'
import { auditSinks } from './audit-sinks-schema.js'
import { mysql } from './mysql-schema.js'
import { postgres } from './postgres-schema.js'
import { secret } from './secret-place.js'

const DATABASE =
  'must be postgres://user@host:5432/database, mysql://user@host:3306/database or sqlite:path, or { env: NAME } or { file: path }'

const databaseUrl = z.union([z.string({ error: DATABASE }), secret])

const path = word
const port = z.int('must be a port: 0 to 65535').min(0).max(65_535)
const host = z.string().regex(/^[\w.:-]{1,253}$/, 'must be an address or a host name')
const names = z.array(word).max(1_000)

const httpsUrl = word.refine(
  text => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
  'must be an address: https://…',
)

const origin = httpsUrl
  .refine(
    text => !URL.canParse(text) || new URL(text).origin === text.replace(/\/$/, ''),
    'must be an origin: scheme, host and port, nothing behind',
  )
  .transform(text => new URL(text).origin)

const tls = section({ cert: path, key: path, clientCa: path.optional() })
const plainTls = section({ cert: path, key: path })

const oidc = section({
  issuer: httpsUrl,
  audience: oneOrMany(word),
  tokenType: z.enum(['at+jwt', 'jwt'], 'must be at+jwt or jwt').optional(),
  groupsClaim: oneOrMany(word).optional(),
  roles: z.record(word, names).optional(),
  agents: names.optional(),
  binding: z.enum(['required', 'whenPresent'], 'must be required or whenPresent').optional(),
  introspection: section({ clientId: word, clientSecret: secret }).optional(),
  ca: path.optional(),
  clockSkew: duration.optional(),
  maxLifetime: duration.optional(),
})

const identity = section({
  oidc: oneOrMany(oidc).optional(),
  agentTokens: section({
    issuer: word,
    audience: word.optional(),
    publicKeys: oneOrMany(path),
  }).optional(),
}).refine(
  ({ oidc: providers, agentTokens }) => providers !== undefined || agentTokens !== undefined,
  'needs oidc or agentTokens: a gateway that knows nobody lets nobody in',
)

const person = section({ subject: word, issuer: word, roles: names.optional(), groups: names.optional() })

const approval = section({
  mode: z.enum(['ticket', 'wait'], 'must be ticket or wait').default('ticket'),
  budget: durationUpTo(1).optional(),
  listen: section({ host: host.default('127.0.0.1'), port, tls: plainTls.optional() }).optional(),
  inbox: z.boolean().default(false),
  webhook: section({
    url: httpsUrl,
    secret,
    answerSecret: secret,
    approvers: z.enum(['token', 'named'], 'must be token or named').default('token'),
  }).optional(),
  slack: section({
    token: secret,
    signingSecret: secret,
    channel: word,
    people: z.record(word, person),
  }).optional(),
  teams: section({ url: secret, console: httpsUrl.optional() }).optional(),
}).superRefine(({ mode, budget, listen, inbox, webhook, slack }, context) => {
  if (mode === 'ticket' && budget !== undefined)
    context.addIssue({ code: 'custom', path: ['budget'], message: 'belongs to mode: wait' })
  const takesAnswers = inbox || webhook !== undefined || slack !== undefined
  if (takesAnswers && listen === undefined)
    context.addIssue({
      code: 'custom',
      message: 'inbox, webhook and slack take answers over HTTP: say where, listen: { port: … }',
    })
  if (!takesAnswers && listen !== undefined)
    context.addIssue({
      code: 'custom',
      path: ['listen'],
      message: 'nothing would be served there: add inbox, webhook or slack',
    })
})

const store = z.union([
  z.literal('memory', { error: 'must be memory, or { url, key }' }),
  section({ url: databaseUrl, key: secret }),
])

const poolSize = z.int('must be a whole number').min(1)

const dataSource = section({
  url: databaseUrl,
  environment: word,
  policy: path.optional(),
  pool: section({
    max: poolSize.max(1_000).default(10),
    sessions: poolSize.max(10_000).default(100),
  }).prefault({}),
  accounts: z
    .array(
      section({
        roles: z.array(word).min(1, 'an account without roles is nobody’s').max(1_000),
        url: databaseUrl,
      }),
    )
    .max(100)
    .default([]),
})

const http = section({
  host: host.default('127.0.0.1'),
  port,
  tls: tls.optional(),
  insecure: z.literal(true, 'is either true or left out').optional(),
  publicUrl: origin.optional(),
  allowedOrigins: z.array(origin).default([]),
  denialAs: z.enum(['error', 'result'], 'must be error or result').default('error'),
  maxRows: z.int('must be a whole number').min(1).max(10_000).optional(),
})

const count = z.int('must be a whole number').min(1).max(1_000_000)
const WORKERS = 'must be auto, or a whole number from 1 to 64'

/** @see docs/gateway.md, where each key is explained. */
export const configSchema = section({
  version: z.literal(1, 'must be 1: the version of this file format'),
  dataSources: z
    .record(ruleId, dataSource, 'must be a mapping from the name of a database to its settings')
    .refine(all => Object.keys(all).length > 0, 'needs at least one database'),
  policy: path.optional(),
  audit: section({
    directory: path,
    keys: section({ root: secret }).optional(),
    sinks: auditSinks,
    anchors: auditAnchors,
  }),
  identity,
  masking: section({ key: secret, id: word.optional() }).optional(),
  store,
  approval: approval.prefault({}),
  http: http.optional(),
  postgres: postgres.optional(),
  mysql: mysql.optional(),
  operator: section({
    host: host.default('127.0.0.1'),
    port,
    insecure: z.literal(true, 'is either true or left out').optional(),
  }).optional(),
  limits: section({
    concurrent: count.default(16),
    perMinute: count.default(600),
    connections: count.default(1_024),
    sessions: count.default(64),
    statementsPerMinute: z.int('must be a whole number').min(1).max(1_000_000_000).default(60_000),
    failedSignIns: count.default(60),
  }).prefault({}),
  workers: z
    .union([z.literal('auto', { error: WORKERS }), z.int(WORKERS).min(1, WORKERS).max(64, WORKERS)])
    .default(1),
  drain: durationUpTo(1).default(30_000),
  log: section({
    level: z.enum(['error', 'warn', 'info', 'debug'], 'must be error, warn, info or debug').default('info'),
  }).prefault({}),
}).refine(
  ({ http, postgres, mysql: door }) => [http, postgres, door].some(each => each !== undefined),
  'needs http, postgres or mysql: a gateway without a door serves nobody',
)

export type ConfigBody = z.output<typeof configSchema>
