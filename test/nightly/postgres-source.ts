/** The source and the server headers of the very PostgreSQL that the runs start. */
import { join } from 'node:path'
import { locatePostgres } from '../support/servers/postgres.js'
import { must } from './call.js'
import { NotHad } from './suite.js'
import type { Workshop } from './workshop.js'

/** The unpacked source package. @throws NotHad for a server that is no Debian package. */
export async function serverSource(workshop: Workshop): Promise<string> {
  const { major, version } = await debianVersion()
  return workshop.debianSource(`postgresql-${major}`, version)
}

export async function serverFiles(
  workshop: Workshop,
): Promise<{ readonly include: readonly string[]; readonly library: string }> {
  const { major, version } = await debianVersion()
  const packages = [`postgresql-server-dev-${major}=${version}`, `libpq-dev=${version}`]
  const root = await workshop.debianFiles(`postgresql-${major}`, packages)
  const include = join(root, 'usr', 'include', 'postgresql')
  return {
    include: [
      `-I${include}`,
      `-I${join(include, String(major), 'server')}`,
      `-I${join(include, 'internal')}`,
    ],
    library: join(root, 'usr', 'lib', 'postgresql', String(major), 'lib'),
  }
}

async function debianVersion(): Promise<{ readonly major: string; readonly version: string }> {
  const { bin } = await locatePostgres()
  const told = await must(join(bin, 'postgres'), ['--version'])
  const [, version, major] = /\(Debian ((\d+)\.\S+)\)/.exec(told) ?? []
  if (version === undefined || major === undefined)
    throw new NotHad('needs the PostgreSQL that Debian packages')
  return { major, version }
}
