/** Drivers and toolkits of Python, each with the tests of its own source distribution. */
import { cpSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PYTEST, pytest } from '../pytest.js'
import { administer } from '../servers.js'
import { libpqEnvironment, type Route, type Run, type Suite, urlOf } from '../suite.js'
import type { Workshop } from '../workshop.js'

/** What starts servers of its own, or looks at the sources. */
const IGNORED = ['test_connect.py', 'test_subinterpreters.py', 'test__sourcecode.py', 'certs']

/** A driver that speaks the protocol itself, and in binary. */
export const asyncpg: Suite = {
  name: 'asyncpg',
  prepare: workshop => asyncpgRun(workshop, ['tests', ...IGNORED.map(name => `--ignore=tests/${name}`)]),
}

/** What every change is tested with: statements, cursors, transactions and types. */
export const asyncpgBasic: Suite = {
  name: 'asyncpg basic',
  quick: true,
  prepare: workshop =>
    asyncpgRun(
      workshop,
      [
        'execute',
        'prepare',
        'cursor',
        'transaction',
        'codecs',
        'copy',
        'exceptions',
        'listeners',
        'types',
      ].map(name => `tests/test_${name}.py`),
    ),
}

async function asyncpgRun(workshop: Workshop, args: readonly string[]): Promise<Run> {
  const source = await workshop.pythonSource('asyncpg==0.31.0')
  const python = await workshop.python('asyncpg', ['asyncpg==0.31.0', ...PYTEST, 'distro'])
  return route =>
    pytest(route, {
      python,
      // Its tests and not its source, which is not built.
      cwd: copied(join(source, 'tests'), route),
      args,
      env: libpqEnvironment(route.place),
    })
}

export const pg8000: Suite = {
  name: 'pg8000',
  catalog: 'none',
  prepare: async workshop => {
    const source = await workshop.pythonSource('pg8000==1.31.5')
    const python = await workshop.python('pg8000', ['pg8000==1.31.5', ...PYTEST, 'pytest-mock', 'pytz'])
    return async route => {
      await administer(route.server, ['create extension hstore'])
      return pytest(route, {
        python,
        cwd: source,
        args: ['test/native', 'test/dbapi', 'test/legacy', '--ignore-glob=*/auth/*', '--ignore-glob=*bench*'],
        env: libpqEnvironment(route.place),
      })
    }
  },
}

export const psycopg2: Suite = {
  name: 'psycopg2',
  catalog: 'none',
  prepare: async workshop => {
    const source = await workshop.pythonSource('psycopg2==2.9.11')
    const python = await workshop.python('psycopg2', ['psycopg2-binary==2.9.11', ...PYTEST])
    return route =>
      pytest(route, {
        python,
        cwd: source,
        args: ['tests'],
        env: {
          ...libpqEnvironment(route.place),
          PSYCOPG2_TESTDB: route.place.database,
          PSYCOPG2_TESTDB_HOST: route.place.host,
          PSYCOPG2_TESTDB_PORT: String(route.place.port),
          PSYCOPG2_TESTDB_USER: route.place.user,
          PSYCOPG2_TESTDB_PASSWORD: route.place.password,
        },
      })
  },
}

/** Its suite for every dialect, and its tests of this one, over psycopg 3. */
export const sqlalchemy: Suite = {
  name: 'sqlalchemy',
  catalog: 'none',
  prepare: async workshop => {
    const source = await workshop.pythonSource('sqlalchemy==2.0.44')
    const python = await workshop.python('sqlalchemy', [
      'sqlalchemy==2.0.44',
      'psycopg[binary]==3.2.13',
      ...PYTEST,
    ])
    return async route => {
      await administer(route.server, [
        'create extension hstore',
        'create schema test_schema',
        'create schema test_schema_2',
      ])
      return pytest(route, {
        python,
        cwd: source,
        args: [
          ...['-p', 'no:warnings', `--dburi=${urlOf(route.place, 'postgresql+psycopg')}`],
          ...['test/dialect/test_suite.py', 'test/dialect/postgresql/test_query.py'],
          ...['test/dialect/postgresql/test_reflection.py', 'test/dialect/postgresql/test_types.py'],
        ],
        timeoutMs: 1_800_000,
      })
    }
  },
}

/** psycopg's own tests, in pure Python, as far as they do not sleep. */
export const psycopg: Suite = {
  name: 'psycopg',
  prepare: async workshop => {
    const source = await workshop.checkout({
      name: 'psycopg',
      url: 'https://github.com/psycopg/psycopg',
      commit: 'c079c37c959a89a8684a3d3858cbaff7e5543e71',
      variable: 'CARDEA_PSYCOPG',
    })
    const python = await workshop.python('psycopg', [...PYTEST, 'typing_extensions', 'anyio'])
    return route =>
      pytest(route, {
        python,
        cwd: source,
        args: [
          ...['-m', 'not slow and not anyio and not proxy', `--test-dsn=${urlOf(route.place)}`],
          ...FILES.map(name => `tests/${name}`),
        ],
        env: { PYTHONPATH: join(source, 'psycopg'), PSYCOPG_IMPL: 'python' },
      })
  },
}

const FILES = [
  ...['test_cursor.py', 'test_cursor_common.py', 'test_cursor_server.py', 'test_pipeline.py', 'test_copy.py'],
  ...['test_prepared.py', 'test_transaction.py', 'test_notify.py', 'test_tpc.py', 'types', 'pq'],
]

function copied(directory: string, { scratch }: Route): string {
  cpSync(directory, join(scratch, basename(directory)), { recursive: true })
  return scratch
}
