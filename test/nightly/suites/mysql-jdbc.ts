/** What Java programs do with the JDBC drivers of MySQL and of MariaDB, in texts and prepared; every answer compared. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call, must } from '../call.js'
import { administerMariadb } from '../mariadb-server.js'
import { NotHad, type Suite, toldResults } from '../suite.js'
import { CONNECTOR_TABLES } from './connector-tables.js'

const DRIVERS = ['com.mysql:mysql-connector-j:9.5.0:jar', 'org.mariadb.jdbc:mariadb-java-client:3.5.6:jar']
const SOURCE = fileURLToPath(new URL('java/MysqlSmoke.java', import.meta.url))

/** By name: the scheme, and what the URL ends with. */
const MODES: Readonly<Record<string, readonly [scheme: string, options: string]>> = {
  'Connector/J, texts': ['mysql', 'useServerPrepStmts=false'],
  'Connector/J, prepared': ['mysql', 'useServerPrepStmts=true&cachePrepStmts=true'],
  'Connector/J, cursors': ['mysql', 'useServerPrepStmts=true&useCursorFetch=true'],
  'MariaDB, texts': ['mariadb', 'sslMode=disable&allowPublicKeyRetrieval=true&useServerPrepStmts=false'],
  'MariaDB, prepared': ['mariadb', 'sslMode=disable&allowPublicKeyRetrieval=true&useServerPrepStmts=true'],
}

export const mysqlJdbc: Suite = {
  name: 'JDBC on MariaDB',
  engine: 'mysql',
  prepare: async workshop => {
    if ((await call('sh', ['-c', 'command -v mvn javac'])).status !== 0)
      throw new NotHad('needs a JDK and Maven')
    const jars = await workshop.once('mysql-jdbc', async directory => {
      const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'
      for (const artifact of DRIVERS) {
        const options = [`-Dartifact=${artifact}`, `-DoutputDirectory=${directory}`]
        await must('mvn', ['-q', '-B', goal, ...options], { cwd: directory })
      }
    })
    return async route => {
      await administerMariadb(route.server, CONNECTOR_TABLES)
      await must('javac', ['-d', route.scratch, SOURCE])
      const { host, port, user, password, database } = route.place
      const urls = Object.entries(MODES).flatMap(([name, [scheme, options]]) => [
        name,
        `jdbc:${scheme}://${host}:${port}/${database}?${options}`,
      ])
      const classes = `${join(jars, '*')}:${route.scratch}`
      const { output } = await call('java', ['-cp', classes, 'MysqlSmoke', user, password, ...urls])
      return toldResults(output, 'The Java program did not run')
    }
  },
}
