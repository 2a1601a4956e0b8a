/** What Python programs do with MySQL Connector/Python; every answer compared. */
import { fileURLToPath } from 'node:url'
import { call } from '../call.js'
import { administerMariadb } from '../mariadb-server.js'
import { type Suite, toldResults } from '../suite.js'
import { CONNECTOR_TABLES } from './connector-tables.js'

const VERSION = '9.5.0'
const SCRIPT = fileURLToPath(new URL('python/connector_smoke.py', import.meta.url))

export const connectorPython: Suite = {
  name: 'Connector Python',
  engine: 'mysql',
  quick: true,
  prepare: async workshop => {
    const python = await workshop.python('connector', [`mysql-connector-python==${VERSION}`])
    return async route => {
      await administerMariadb(route.server, CONNECTOR_TABLES)
      // The pure Python of it: the wheel's C extension is MySQL's own client library.
      const login = JSON.stringify({ ...route.place, use_pure: true })
      const { output } = await call(python, [SCRIPT, login], { timeoutMs: 120_000 })
      return toldResults(output, 'The Python program did not run')
    }
  },
}
