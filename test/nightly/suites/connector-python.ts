/** What Python programs do with MySQL Connector/Python and with PyMySQL; every answer compared. */
import { fileURLToPath } from 'node:url'
import { call } from '../call.js'
import { administerMariadb } from '../mariadb-server.js'
import { type Suite, toldResults } from '../suite.js'
import { CONNECTOR_TABLES } from './connector-tables.js'

/** The pure Python of it: the wheel's C extension is MySQL's own client library. */
export const connectorPython = smoke('Connector Python', 'connector_smoke.py', {
  requirements: ['mysql-connector-python==9.5.0'],
  login: { use_pure: true },
})

/** Without its own tests, which are in no package registry. */
export const pymysqlBasic = smoke('PyMySQL basic', 'pymysql_smoke.py', {
  requirements: ['pymysql==1.2.4', 'cryptography==50.0.2'],
  login: {},
})

interface Driver {
  readonly requirements: readonly string[]
  /** Of its own, besides the place. */
  readonly login: Readonly<Record<string, unknown>>
}

function smoke(name: string, script: string, { requirements, login }: Driver): Suite {
  return {
    name,
    engine: 'mysql',
    quick: true,
    prepare: async workshop => {
      const python = await workshop.python(name.replace(' ', '-').toLowerCase(), requirements)
      const file = fileURLToPath(new URL(`python/${script}`, import.meta.url))
      return async route => {
        await administerMariadb(route.server, CONNECTOR_TABLES)
        const given = JSON.stringify({ ...route.place, ...login })
        const { output } = await call(python, [file, given], { timeoutMs: 120_000 })
        return toldResults(output, 'The Python program did not run')
      }
    },
  }
}
