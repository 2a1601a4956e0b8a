/** What Java programs do with pgJDBC, in each of its query modes; every answer compared. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call, must } from '../call.js'
import { administer } from '../servers.js'
import { NotHad, type Suite, toldResults } from '../suite.js'

const VERSION = '42.7.8'
const SOURCE = fileURLToPath(new URL('java/Smoke.java', import.meta.url))

const TABLES = `
create table things (id int primary key, name text, price numeric(12,4), made timestamptz, tags text[], data jsonb,
  big int8, real8 float8, flag bool, raw bytea);
insert into things select n, 'thing ' || n, n * 1.5, '2024-05-06 07:08:09+00', array['a', 'b' || n], '{"n": 1}',
  n * 1000000007::int8, n / 3.0, n % 2 = 0, '\\x00ff' from generate_series(1, 3) n;
create table keyed (id bigserial primary key, thing int references things, name text);
`

export const pgjdbc: Suite = {
  name: 'pgJDBC',
  prepare: async workshop => {
    if ((await call('sh', ['-c', 'command -v mvn javac'])).status !== 0)
      throw new NotHad('needs a JDK and Maven')
    const directory = await workshop.once(`pgjdbc-${VERSION}`, async directory => {
      const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'
      const artifact = `-Dartifact=org.postgresql:postgresql:${VERSION}:jar`
      await must('mvn', ['-q', '-B', goal, artifact, `-DoutputDirectory=${directory}`], { cwd: directory })
    })
    const jar = join(directory, `postgresql-${VERSION}.jar`)
    return async route => {
      await administer(route.server, [TABLES])
      await must('javac', ['-cp', jar, '-d', route.scratch, SOURCE])
      const { host, port, user, password, database } = route.place
      const url = `jdbc:postgresql://${host}:${port}/${database}`
      const { output } = await call(
        'java',
        ['-cp', `${jar}:${route.scratch}`, 'Smoke', url, user, password],
        {
          timeoutMs: 120_000,
        },
      )
      return toldResults(output, 'The Java program did not run')
    }
  },
}
