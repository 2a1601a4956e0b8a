/** Statements that are recognised by kind alone: their first words, the longest match first, and what they do. */
import type { EffectKind } from '../../../model/facts.js'

export interface UtilityKind {
  readonly words: readonly string[]
  readonly kind: EffectKind
  readonly verb: string
  /** What follows the words: names of tables that are changed. */
  readonly tables?: true
  /** Shows rows or settings. */
  readonly opaque?: true
}

function kinds(kind: EffectKind, list: string, more: Partial<UtilityKind> = {}): readonly UtilityKind[] {
  return list
    .trim()
    .split(/\s*,\s*/)
    .map(verb => ({ words: verb.split(' '), kind, verb, ...more }))
}

const ALL: readonly UtilityKind[] = [
  ...kinds(
    'transaction',
    'begin, begin work, commit, rollback, savepoint, release savepoint, start transaction',
  ),
  ...['to', 'work to'].map(rest => ({
    words: ['rollback', ...rest.split(' ')],
    kind: 'transaction' as const,
    verb: 'rollback to savepoint',
  })),
  ...kinds('transaction', 'set transaction, lock table, lock tables, unlock table, unlock tables, xa'),
  ...kinds('transaction', 'lock instance, unlock instance'),
  ...kinds(
    'procedural',
    'do, prepare, execute, deallocate prepare, drop prepare, begin not atomic, signal, resignal',
  ),
  ...kinds(
    'procedural',
    'get diagnostics, get current diagnostics, get stacked diagnostics, execute immediate',
  ),
  ...kinds('procedural', 'declare, if, while, loop, repeat, case, return, leave, iterate, for'),
  ...kinds('procedural', 'call', { opaque: true }),
  ...kinds('cursor', 'open, fetch, close, handler', { opaque: true }),
  ...kinds('session', 'set, use, set role, set default role, set statement, set names, set character set'),
  ...kinds(
    'privilege',
    'grant, revoke, create user, create role, drop user, drop role, alter user, rename user',
  ),
  ...kinds('privilege', 'set password, set resource group, alter resource group, create resource group'),
  ...kinds('privilege', 'drop resource group'),
  ...kinds('ddl', 'truncate, truncate table, drop table, drop tables, drop view, drop temporary table', {
    tables: true,
  }),
  ...kinds(
    'ddl',
    'drop temporary tables, alter table, alter ignore table, alter online table, rename table',
    { tables: true },
  ),
  ...kinds('ddl', 'rename tables, alter view, drop sequence, alter sequence', { tables: true }),
  ...kinds('ddl', 'alter database, alter schema, alter event, alter function, alter procedure, alter server'),
  ...kinds(
    'ddl',
    'alter tablespace, alter undo tablespace, alter logfile group, alter instance, alter definer',
  ),
  ...kinds('ddl', 'alter algorithm, alter sql security, alter package, alter library'),
  ...kinds(
    'ddl',
    'drop database, drop schema, drop event, drop function, drop procedure, drop index, drop server',
  ),
  ...kinds('ddl', 'drop tablespace, drop undo tablespace, drop trigger, drop package, drop logfile group'),
  ...kinds('ddl', 'drop spatial reference system, drop library'),
  ...kinds('ddl', 'install plugin, install soname, install component, uninstall plugin, uninstall soname'),
  ...kinds('ddl', 'uninstall component, import table, delete history'),
  ...kinds('maintenance', 'check, checksum, optimize, repair, cache index, load index', { opaque: true }),
  ...kinds(
    'maintenance',
    'flush, reset, reset master, reset slave, reset replica, reset persist, reset query cache',
  ),
  ...kinds(
    'maintenance',
    'kill, purge, shutdown, restart, backup, binlog, change master, change replication',
  ),
  ...kinds(
    'maintenance',
    'start slave, stop slave, start replica, stop replica, start all slaves, stop all slaves',
  ),
  ...kinds(
    'maintenance',
    'start all replicas, stop all replicas, start group_replication, stop group_replication',
  ),
  ...kinds('maintenance', 'clone'),
  ...kinds('import', 'load data, load xml'),
  ...kinds('session', 'help', { opaque: true }),
]

/** By their first word, those with more words first. */
export const UTILITIES: ReadonlyMap<string, readonly UtilityKind[]> = new Map(
  ALL.map(({ words }) => words[0] ?? '').map(first => [
    first,
    ALL.filter(({ words }) => words[0] === first).sort((one, other) => other.words.length - one.words.length),
  ]),
)
