/** Records as a house with some thirty people and agents makes them, always the same. */
import type { AuditRecord, OutcomeDetail, StatementRecord } from '../../src/model/record.js'
import { Random } from '../masking/generated/random.js'

export const DAY_MS = 86_400_000
export const START = Date.parse('2026-01-01T00:00:00.000Z')
/** So many records are spread over a year. */
const YEAR = 365

export interface MadeRecords {
  /** Records of whole statements; every fourth statement is a write of two records. */
  next(): readonly AuditRecord[]
}

/** @param total how many statements the year has. */
export function madeRecords(total: number): MadeRecords {
  const random = new Random(23)
  let made = 0
  return {
    next() {
      const at = START + Math.floor((made / total) * YEAR * DAY_MS)
      const number = made++
      const id = `01J${String(number).padStart(10, '0')}${random.like('AAAAAAAAAAAAA')}`
      const time = new Date(at).toISOString()
      const body = statement(random, number)
      if (number % 4 !== 0) {
        return [{ event: 'statement', phase: 'outcome', id, time, body, outcome: outcome(random, body) }]
      }
      const ended = new Date(at + random.int(1, 400)).toISOString()
      return [
        { event: 'statement', phase: 'intent', id, time, body },
        { event: 'statement', phase: 'outcome', id, time: ended, outcome: outcome(random, body) },
      ]
    },
  }
}

const TABLES = ['cards', 'customers', 'payments', 'orders', 'refunds', 'invoices'] as const

function statement(random: Random, number: number): StatementRecord {
  const table = random.pick(TABLES)
  const person = random.int(1, 30)
  const denied = random.chance(0.02)
  return {
    agent: { framework: 'autogen', id: `agent-${random.int(1, 12)}`, version: '0.7.5' },
    bindings: [String(random.int(1, 1_000_000))],
    dataSource: { dialect: 'postgres', environment: 'production', id: random.pick(['shop', 'billing']) },
    decision: {
      effect: denied ? 'deny' : 'allow',
      id: `01K${String(number).padStart(10, '0')}${random.like('AAAAAAAAAAAAA')}`,
      policyHash: 'c0ffee'.repeat(10),
      reason: denied ? 'Nobody deletes everything.' : 'Support may read orders by key.',
      rule: denied ? 'pci/unscoped-write' : 'reads',
    },
    fingerprint: `select id, ${table}_note from ${table} where id = ?`,
    labels: table === 'cards' ? ['pan'] : [],
    objects: [{ access: 'read', name: `public.${table}` }],
    origination: '10.0.3.17:40112',
    point: 'postgres',
    principal: {
      issuer: 'https://login.corp.example',
      kind: 'human',
      roles: ['support'],
      subject: `person-${person}@corp.example`,
    },
    session: `session-${Math.floor(number / 200)}-${person}`,
    statement: `select id, ${table}_note from ${table} where id = $1`,
  }
}

function outcome(random: Random, { decision, labels }: StatementRecord): OutcomeDetail {
  const durationMs = random.int(1, 400) / 10
  if (decision.effect === 'deny') return { durationMs, status: 'refused' }
  return {
    bytes: 64,
    columns: ['id', 'note'],
    digest: '9f'.repeat(32),
    durationMs,
    ...(labels.length === 0 ? {} : { masked: { pan: 1 } }),
    payload: [[random.int(1, 1_000_000), 'called about the invoice, asked for a copy by post']],
    rows: 1,
    status: 'released',
  }
}
