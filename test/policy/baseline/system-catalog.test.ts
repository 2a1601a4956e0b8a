import { expect, test } from '@jest/globals'
import { col, facts, out, use, write } from '../facts.js'
import { describeRule, judge, relation, system } from './kit.js'

const shows = (name: string, relationName: string) =>
  system(relationName, {
    columns: [use(col(`${relationName}.${name}`), 'output')],
    output: [out('direct', col(`${relationName}.${name}`))],
  })

describeRule('pci/system-catalog', {
  matches: {
    postgres: [
      ['statistics', system('pg_catalog.pg_stats')],
      ['statistics themselves', system('pg_catalog.pg_statistic')],
      ['activity', system('pg_catalog.pg_stat_activity')],
      ['accounts', system('pg_catalog.pg_authid')],
      ['accounts by their other name', system('pg_catalog.pg_shadow')],
      ['who is a member of what', system('pg_catalog.pg_auth_members')],
      ['settings', system('pg_catalog.pg_settings')],
      ['files', system('pg_catalog.pg_hba_file_rules')],
      ['large objects', system('pg_catalog.pg_largeobject')],
      ['other servers and their passwords', system('pg_catalog.pg_user_mapping')],
      ['subscriptions', system('pg_catalog.pg_subscription')],
      ['locks', system('pg_catalog.pg_locks')],
      ['grants', system('information_schema.table_privileges')],
      ['a write to pg_class', facts({ relations: [relation('pg_catalog.pg_class', 'write')] })],
      ['source text of views', shows('definition', 'pg_catalog.pg_views')],
      ['source text of functions', shows('prosrc', 'pg_catalog.pg_proc')],
      ['source text in the standard’s views', shows('view_definition', 'information_schema.views')],
      ['what a role may do', shows('rolsuper', 'pg_catalog.pg_roles')],
      ['what an added column means in old rows', shows('attmissingval', 'pg_catalog.pg_attribute')],
      [
        'source text in a condition',
        system('pg_catalog.pg_views', {
          columns: [use(col('pg_catalog.pg_views.definition'), 'predicate', 'pattern')],
        }),
      ],
    ],
    mysql: [
      ...[
        ...['mysql.user', 'mysql.db', 'mysql.innodb_table_stats', 'mysql.proc', 'mysql.general_log'],
        ...['performance_schema.events_statements_history', 'performance_schema.threads', 'sys.session'],
        ...[
          'information_schema.processlist',
          'information_schema.column_statistics',
          'information_schema.profiling',
        ],
        ...[
          'information_schema.innodb_trx',
          'information_schema.innodb_locks',
          'information_schema.innodb_ft_index_table',
        ],
        ...[
          'information_schema.user_privileges',
          'information_schema.optimizer_trace',
          'information_schema.files',
        ],
        ...[
          'information_schema.user_variables',
          'information_schema.global_variables',
          'information_schema.events',
        ],
        ...[
          'information_schema.applicable_roles',
          'information_schema.plugins',
          'INFORMATION_SCHEMA.PROCESSLIST',
        ],
      ].map(name => [name, system(name)] as const),
      ['source text of views', shows('VIEW_DEFINITION', 'information_schema.VIEWS')],
      ['source text of routines', shows('routine_definition', 'information_schema.routines')],
      ['source text of triggers', shows('ACTION_STATEMENT', 'INFORMATION_SCHEMA.TRIGGERS')],
      [
        'a digest of the rows in a condition',
        system('information_schema.tables', {
          columns: [use(col('information_schema.tables.CHECKSUM'), 'predicate', 'equality-constant')],
        }),
      ],
      [
        'a digest of the rows copied',
        {
          ...write('insert'),
          relations: [relation('information_schema.tables')],
          columns: [use(col('information_schema.tables.checksum'), 'output')],
        },
      ],
    ],
    sqlite: [
      ...[
        'main.sqlite_stat1',
        'main.sqlite_stat4',
        'main.sqlite_dbpage',
        'main.dbstat',
        'main.notes_content',
        'temp.sqlite_stmt',
      ].map(name => [name, system(name)] as const),
      ['the largest number of a table’s rows', shows('seq', 'main.sqlite_sequence')],
      ['a write to the schema', facts({ relations: [relation('main.sqlite_schema', 'write')] })],
      ['a write to the counters', facts({ relations: [relation('main.sqlite_sequence', 'write')] })],
    ],
  },
  passes: {
    all: [
      ['an ordinary table', facts()],
      [
        'an ordinary table with such a name',
        facts({ relations: [relation('public.pg_stats', 'read', false)] }),
      ],
    ],
    postgres: [
      ...[
        ...[
          'information_schema.columns',
          'information_schema.tables',
          'information_schema.views',
          'pg_catalog.pg_class',
        ],
        ...[
          'pg_catalog.pg_attribute',
          'pg_catalog.pg_constraint',
          'pg_catalog.pg_index',
          'pg_catalog.pg_type',
        ],
        ...['pg_catalog.pg_proc', 'pg_catalog.pg_trigger', 'pg_catalog.pg_policy', 'pg_catalog.pg_database'],
      ].map(name => [name, system(name)] as const),
      ['names of views', shows('viewname', 'pg_catalog.pg_views')],
      ['names of functions', shows('proname', 'pg_catalog.pg_proc')],
      ['names of roles', shows('rolname', 'pg_catalog.pg_roles')],
      ['column types', shows('atttypid', 'pg_catalog.pg_attribute')],
    ],
    mysql: [
      ...[
        'information_schema.columns',
        'INFORMATION_SCHEMA.TABLES',
        'information_schema.statistics',
        'information_schema.VIEWS',
      ].map(name => [name, system(name)] as const),
      ['names of views', shows('TABLE_NAME', 'information_schema.views')],
      ['names of routines', shows('ROUTINE_NAME', 'information_schema.ROUTINES')],
      ['a digest of the rows, redacted', shows('CHECKSUM', 'information_schema.TABLES')],
    ],
    sqlite: [
      ...[
        'main.sqlite_schema',
        'main.sqlite_master',
        'temp.sqlite_temp_schema',
        'main.SQLITE_MASTER',
        'main.sqlite_sequence',
      ].map(name => [name, system(name)] as const),
      ['the text of CREATE statements', shows('sql', 'main.sqlite_schema')],
      ['which tables number their rows', shows('name', 'main.sqlite_sequence')],
    ],
  },
})

test('a digest of rows is shown redacted, whatever is made of it', async () => {
  const checksum = col('information_schema.tables.CHECKSUM')
  const output = [
    out('direct', checksum),
    out('derived', checksum),
    out('direct', col('information_schema.tables.TABLE_NAME')),
  ]
  const about = system('information_schema.tables', {
    dialect: 'mysql',
    columns: [use(checksum, 'output')],
    output,
  })
  const { effect, obligations } = await judge(about)
  expect(effect).toBe('allow')
  expect(obligations.mask).toEqual([{ method: 'redact' }, { method: 'redact' }, { method: 'scan' }])
})

test('a refused column says what it holds', async () => {
  const { trace } = await judge(shows('definition', 'pg_catalog.pg_views'))
  expect(trace[0]?.because).toBe('reads system column pg_catalog.pg_views.definition: source text of views')
})
