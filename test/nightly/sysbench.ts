/** Debian's sysbench, unpacked and not installed. */
import { join } from 'node:path'
import { must } from './call.js'
import type { Place } from './suite.js'
import type { Workshop } from './workshop.js'

/**
 * Runs one of its own scripts, for example `oltp_point_select`.
 *
 * @returns what it printed. @throws Error where it fails.
 */
export type Sysbench = (place: Place, script: string, args: readonly string[]) => Promise<string>

const PACKAGES = ['sysbench', 'libluajit-5.1-2', 'libluajit-5.1-common', 'libmariadb3', 'libpq5']

export async function locateSysbench(workshop: Workshop): Promise<Sysbench> {
  const root = join(await workshop.debianFiles('sysbench', PACKAGES), 'usr')
  const libraries = join(root, 'lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`)
  const scripts = join(root, 'share', 'sysbench')
  const env = {
    LD_LIBRARY_PATH: libraries,
    MARIADB_PLUGIN_DIR: join(libraries, 'libmariadb3', 'plugin'),
    LUA_PATH: `${scripts}/?.lua;;`,
  }
  return ({ host, port, user, password, database }, script, args) =>
    must(
      join(root, 'bin', 'sysbench'),
      [
        ...[join(scripts, `${script}.lua`), '--db-driver=mysql', `--mysql-host=${host}`],
        ...[`--mysql-port=${port}`, `--mysql-user=${user}`, `--mysql-password=${password}`],
        ...[`--mysql-db=${database}`, ...args],
      ],
      { env },
    )
}
