/** `pci-baseline`, first half: which kinds of statements may run at all (DESIGN §6, items 1 to 4). */
import type { AnalyzedFacts, FunctionUse, StatementEffect } from '../../model/facts.js'
import { type BaselineRule, effectWords, perEffect, refusesKinds } from './baseline-rule.js'
import { systemFindings } from './system-findings.js'

const WRITES = new Set(['insert', 'update', 'delete', 'merge'])
const READS = new Set(['select', 'explain'])
/** A transaction's plain brackets; two-phase commit and everything else is not among them. */
const TRANSACTION_VERBS =
  /^(begin|start transaction|start|commit|end|rollback|abort|savepoint|release|release savepoint|rollback to|rollback to savepoint|set transaction)$/
const SERVER_FILE_VERBS = /\b(program|file|outfile|dumpfile|infile|load data|load xml|vacuum into|attach)\b/

const understanding: readonly BaselineRule[] = [
  {
    id: 'pci/multiple-statements',
    effect: 'deny',
    liftable: false,
    requirements: ['6.2.4', '7.2.6'],
    summary: 'More than one statement in one submission.',
    reason:
      'Only one statement may be submitted at a time. Submit the statements one by one; each is judged by itself.',
    find: ({ input: { facts } }) =>
      !facts.analyzable && facts.code === 'multiple_statements'
        ? [{ because: 'several statements in one text' }]
        : [],
  },
  {
    id: 'pci/unanalyzable',
    effect: 'deny',
    liftable: false,
    requirements: ['6.2.4', '7.2.6', '7.3.3'],
    summary: 'A statement that analysis cannot understand completely.',
    reason:
      'The statement could not be understood completely, so nothing can be promised about it. State the task with plain SQL and names that exist.',
    find: ({ input: { facts } }) =>
      !facts.analyzable && facts.code !== 'multiple_statements'
        ? [{ because: `${facts.code}: ${facts.reason}` }]
        : [],
  },
]

const forbiddenKinds: readonly BaselineRule[] = [
  refusesKinds(
    {
      id: 'pci/privilege',
      liftable: false,
      requirements: ['7.2.1', '7.2.2', '8.2.4'],
      summary: 'Roles, grants, ownership and passwords.',
      reason: 'Privileges and database accounts are changed by an administrator, outside this path.',
    },
    ['privilege'],
  ),
  refusesKinds(
    {
      id: 'pci/procedural',
      liftable: false,
      requirements: ['6.2.4', '7.2.6'],
      summary: 'Procedural and dynamic SQL: DO, CALL, PREPARE, EXECUTE, compound statements.',
      reason: 'Procedural and dynamic SQL hides what it will run. Submit the statement itself.',
    },
    ['procedural'],
  ),
  {
    id: 'pci/session',
    effect: 'deny',
    liftable: false,
    requirements: ['7.2.2', '7.2.6'],
    summary: 'Session settings, roles taken on, databases chosen or attached: SET, USE, PRAGMA, ATTACH.',
    reason:
      'The session is fixed for governed connections: its settings, role and databases may not be changed.',
    find: subject =>
      perEffect(
        subject,
        effect => effect.kind === 'session' && effect.verb !== 'show' && !isHarmlessShow(effect),
      ),
  },
  {
    id: 'pci/show-settings',
    effect: 'deny',
    liftable: true,
    requirements: ['7.2.2'],
    summary:
      'SHOW of more than names, types and keys of the schema and the settings that the server tells every client.',
    reason:
      'What the server tells of itself, its accounts and its sessions is not shown here. Ask its administrator.',
    find: subject => perEffect(subject, effect => effect.kind === 'session' && effect.verb === 'show'),
  },
  {
    id: 'pci/transaction-control',
    effect: 'deny',
    liftable: false,
    requirements: ['7.2.6'],
    summary: 'Transaction control in the caller’s own text, and two-phase commit by anyone.',
    reason:
      'Transactions are opened and closed by the driver. Use its transaction function instead of a statement.',
    find: subject =>
      perEffect(
        subject,
        effect =>
          effect.kind === 'transaction' &&
          !(subject.input.issuer === 'driver' && TRANSACTION_VERBS.test(effect.verb)),
      ),
  },
  refusesKinds(
    {
      id: 'pci/ddl',
      liftable: true,
      requirements: ['6.5.1', '7.2.2'],
      summary: 'Anything that creates, alters or drops objects.',
      reason: 'Schema changes go through change control. Ask for the change instead of making it.',
    },
    ['ddl'],
  ),
  refusesKinds(
    {
      id: 'pci/maintenance',
      liftable: true,
      requirements: ['7.2.2'],
      summary: 'VACUUM, ANALYZE, REINDEX, OPTIMIZE, FLUSH, KILL and other maintenance.',
      reason: 'Maintenance is an administrator’s task. Ask for it if the database needs it.',
    },
    ['maintenance'],
  ),
  refusesKinds(
    {
      id: 'pci/unused-kind',
      liftable: true,
      requirements: ['7.2.2', '7.3.3'],
      summary: 'Cursors, HANDLER and notifications.',
      reason: 'Cursors and notifications are not offered here. Read with a plain SELECT.',
    },
    ['cursor', 'notification'],
  ),
]

const movement: readonly BaselineRule[] = [
  {
    id: 'pci/server-file',
    effect: 'deny',
    liftable: false,
    requirements: ['3.4.2', '7.2.6'],
    summary: 'Files and programs of the database server, and database files of the machine.',
    reason: 'Statements may not read or write files or start programs.',
    find: subject => [
      ...perEffect(subject, effect => effect.kind !== 'select' && SERVER_FILE_VERBS.test(effect.verb)),
      ...(subject.facts?.flows ?? [])
        .filter(flow => flow.to === 'file')
        .map(() => ({ because: 'protected data would go into a file' })),
    ],
  },
  refusesKinds(
    {
      id: 'pci/export',
      liftable: true,
      requirements: ['3.4.2'],
      summary: 'COPY … TO, INTO OUTFILE, INTO variables, CREATE TABLE AS, SELECT INTO, VACUUM INTO.',
      reason: 'Bulk export is not allowed. Read the rows you need with a limited SELECT.',
    },
    ['export'],
  ),
  refusesKinds(
    {
      id: 'pci/import',
      liftable: true,
      requirements: ['7.2.2'],
      summary: 'COPY … FROM, LOAD DATA and LOAD XML.',
      reason: 'Bulk import is not allowed. Insert the rows you need; a person approves the insert.',
    },
    ['import'],
  ),
  {
    id: 'pci/locks',
    effect: 'deny',
    liftable: true,
    requirements: ['7.2.2'],
    summary: 'Row and table locks taken by hand (FOR UPDATE, LOCK TABLE).',
    reason: 'Explicit locks hold up production. Read without locking.',
    find: ({ facts }) =>
      facts === null || facts.locks.length === 0 ? [] : [{ because: `locks: ${facts.locks.join(', ')}` }],
  },
]

const reach: readonly BaselineRule[] = [
  {
    id: 'pci/system-catalog',
    effect: 'deny',
    liftable: true,
    requirements: ['7.2.2', '7.2.6'],
    summary:
      'System relations and columns beyond names, types and keys: statistics, activity, settings, accounts, source text.',
    reason:
      'This part of the system catalogue can hold data values, source text, other callers’ statements or credentials. Names, types and keys of tables and columns may be read.',
    find: ({ facts }) => (facts === null ? [] : systemFindings(facts)),
  },
  {
    id: 'pci/unlisted-function',
    effect: 'deny',
    liftable: true,
    requirements: ['6.2.4', '7.2.6'],
    summary: 'Functions other than the reviewed built-ins: volatile, user-defined, unknown.',
    reason:
      'The statement calls a function that has not been reviewed for this use. Do without it, or ask the owner of the policy to review it.',
    find: ({ facts }) =>
      (facts?.functions ?? [])
        .filter(use => use.standing !== 'listed')
        .map(use => ({
          because: functionWords(use),
          focus: { functions: [{ name: use.name, listed: false }] },
        })),
  },
]

const writing: readonly BaselineRule[] = [
  {
    id: 'pci/unscoped-write',
    effect: 'deny',
    liftable: true,
    requirements: ['6.2.4', '7.2.2'],
    summary: 'UPDATE or DELETE whose where-clause is missing, always true or open-ended.',
    reason: 'An UPDATE or DELETE must name its rows: compare a key or another column with given values.',
    find: subject =>
      perEffect(
        subject,
        effect => (effect.kind === 'update' || effect.kind === 'delete') && !isScoped(effect.scope),
        effect => `${effectWords(effect)} with scope ${effect.scope ?? 'open'}`,
      ),
  },
  {
    id: 'pci/write-approval',
    effect: 'require_approval',
    liftable: true,
    requirements: ['6.5.1', '7.2.3'],
    summary: 'Every other INSERT, UPDATE, DELETE, MERGE and REPLACE.',
    reason: 'A person approves every change of data before it runs.',
    find: subject =>
      perEffect(
        subject,
        effect => WRITES.has(effect.kind),
        effect => `${effectWords(effect)}${reactionWords(effect, subject.facts)}`,
      ),
  },
]

const allowances: readonly BaselineRule[] = [
  {
    id: 'pci/read',
    effect: 'allow',
    liftable: false,
    requirements: ['7.2.1'],
    summary: 'SELECT, EXPLAIN and SHOW that no other rule refuses.',
    reason: 'Reads are allowed; protected columns are masked.',
    find: ({ facts, understood }) =>
      understood &&
      facts?.effects.length &&
      facts.effects.every(effect => READS.has(effect.kind) || isHarmlessShow(effect))
        ? [{ because: 'every effect is a read' }]
        : [],
  },
  {
    id: 'pci/transaction',
    effect: 'allow',
    liftable: false,
    requirements: ['7.2.1'],
    summary: 'BEGIN, COMMIT, ROLLBACK and SAVEPOINT issued by the driver.',
    reason: 'The driver opens and closes transactions.',
    find: ({ facts, input }) =>
      input.issuer === 'driver' &&
      facts?.effects.length &&
      facts.effects.every(effect => effect.kind === 'transaction' && TRANSACTION_VERBS.test(effect.verb))
        ? [{ because: 'plain transaction control, issued by the driver' }]
        : [],
  },
]

export const KIND_RULES: readonly BaselineRule[] = [
  ...understanding,
  ...forbiddenKinds,
  ...movement,
  ...reach,
  ...writing,
  ...allowances,
]

/** `SHOW` of names, types and keys, or of what the server tells every client anyway. */
function isHarmlessShow({ kind, verb }: StatementEffect): boolean {
  return kind === 'session' && (verb === 'show schema' || verb === 'show client setting')
}

function isScoped(scope: string | undefined): boolean {
  return scope === 'keyed' || scope === 'bounded'
}

/** What else a write may do, which the approver should know. */
function reactionWords({ target }: StatementEffect, facts: AnalyzedFacts | null): string {
  const reacts = facts?.relations.some(
    use => use.reacts && use.schema === target?.schema && use.relation === target.relation,
  )
  return reacts ? ', whose triggers or rules may write more' : ''
}

const STANDINGS = {
  listed: 'reviewed',
  volatile: 'acts on the session or the server',
  user: 'user-defined',
  unlisted: 'not reviewed',
} as const

function functionWords({ name, standing, because }: FunctionUse): string {
  const what = /^(?:operator|cast to) /.test(name) ? name : `function ${name}`
  return `${what} (${STANDINGS[standing]})${because === undefined ? '' : `: ${because}`}`
}
