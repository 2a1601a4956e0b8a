/** Drivers of MySQL for Python and SQLAlchemy over them, each with the tests of its own source. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { administerMariadb } from '../mariadb-server.js'
import { PYTEST, pytest } from '../pytest.js'
import { type Suite, urlOf } from '../suite.js'

export const pymysql: Suite = {
  name: 'PyMySQL',
  engine: 'mysql',
  catalog: 'none',
  prepare: async workshop => {
    const source = await workshop.checkout({
      name: 'PyMySQL',
      url: 'https://github.com/PyMySQL/PyMySQL',
      commit: '0305ab344f2026aaa17b405684a521b092a650bd',
      variable: 'CARDEA_PYMYSQL',
    })
    const python = await workshop.python('pymysql', [...PYTEST, 'cryptography==50.0.2'])
    return async route => {
      cpSync(join(source, 'pymysql'), join(route.scratch, 'pymysql'), { recursive: true })
      // With ANSI a text means something else, and the door does not let a session have it.
      for (const name of ['capabilities', 'dbapi20']) {
        const file = join(route.scratch, 'pymysql/tests/thirdparty/test_MySQLdb', `test_MySQLdb_${name}.py`)
        writeFileSync(file, readFileSync(file, 'utf8').replaceAll('sql_mode="ANSI,', 'sql_mode="'))
      }
      const { password: passwd, ...place } = route.place
      const first = { ...place, passwd, use_unicode: true, local_infile: true }
      writeFileSync(
        join(route.scratch, 'pymysql', 'tests', 'databases.json'),
        JSON.stringify([first, { ...place, passwd }]),
      )
      return pytest(route, { python, cwd: route.scratch, args: ['pymysql/tests'] })
    }
  },
}

/** Its suite for every dialect, and its tests of this one, over PyMySQL. */
export const sqlalchemyMysql: Suite = {
  name: 'SQLAlchemy on MariaDB',
  engine: 'mysql',
  catalog: 'none',
  prepare: async workshop => {
    const source = await workshop.pythonSource('sqlalchemy==2.0.44')
    const python = await workshop.python('sqlalchemy-mysql', [
      ...['sqlalchemy==2.0.44', 'pymysql==1.2.4', 'cryptography==50.0.2'],
      ...PYTEST,
    ])
    return async route => {
      await administerMariadb(route.server, [
        'create database test_schema character set utf8mb4',
        'create database test_schema_2 character set utf8mb4',
      ])
      return pytest(route, {
        python,
        cwd: source,
        args: [
          ...['-p', 'no:warnings', `--dburi=${urlOf(route.place, 'mariadb+pymysql')}`],
          ...['query', 'reflection', 'types', 'on_duplicate', 'for_update', 'dialect', 'compiler'].map(
            name => `test/dialect/mysql/test_${name}.py`,
          ),
          'test/dialect/test_suite.py',
        ],
        timeoutMs: 1_800_000,
      })
    }
  },
}
