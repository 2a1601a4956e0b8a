/** Jest calls this once, before the first test file. Plain JavaScript: jest does not compile it. */
import './typescript.mjs'

// biome-ignore lint/style/noDefaultExport: jest asks for one
export default async function setup() {
  const { hostDatabases } = await import('./servers/host.ts')
  const host = await hostDatabases()
  process.env.CARDEA_TEST_DATABASES = JSON.stringify(host.handover)
  globalThis.cardeaDatabaseHost = host
}
