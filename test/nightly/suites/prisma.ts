/** What programs do with Prisma: its client is generated, its migration run, and every answer compared. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call, must } from '../call.js'
import { administer } from '../servers.js'
import { type Suite, toldResults, urlOf } from '../suite.js'

const VERSION = '7.10.0'
const FILES = fileURLToPath(new URL('prisma/', import.meta.url))
const CONFIG =
  "import { defineConfig } from 'prisma/config'\nexport default defineConfig({ schema: 'schema.prisma' })\n"

export const prisma: Suite = {
  name: 'Prisma',
  quick: true,
  prepare: async workshop => {
    const directory = await workshop.once(`prisma-${VERSION}`, async directory => {
      mkdirSync(directory, { recursive: true })
      writeFileSync(join(directory, 'package.json'), '{ "private": true, "type": "module" }')
      writeFileSync(join(directory, 'prisma.config.ts'), CONFIG)
      const packages = ['prisma', '@prisma/client', '@prisma/adapter-pg'].map(name => `${name}@${VERSION}`)
      const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
      await must('npm', [...install, ...packages], { cwd: directory })
      copyFileSync(join(FILES, 'schema.prisma'), join(directory, 'schema.prisma'))
      // It makes the client without the engine for migrations, which no registry has.
      await must('npx', ['--no-install', 'prisma', 'generate'], {
        cwd: directory,
        env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
      })
    })
    return async route => {
      // As `prisma migrate deploy` sends it: one text with many statements.
      await administer(route.place, [readFileSync(join(FILES, 'migration.sql'), 'utf8')])
      const program = join(directory, 'smoke.mjs')
      copyFileSync(join(FILES, 'smoke.mjs'), program)
      const { output } = await call('node', [program, urlOf(route.place)], {
        cwd: directory,
        timeoutMs: 120_000,
      })
      return toldResults(output, "Prisma's client did not run")
    }
  },
}
