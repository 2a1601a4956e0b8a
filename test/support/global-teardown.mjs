/** Jest calls this once, after the last test file, also when tests failed. */

// biome-ignore lint/style/noDefaultExport: jest asks for one
export default async function teardown() {
  const skipped = await globalThis.cardeaDatabaseHost.close()
  if (skipped !== undefined) process.stderr.write(`\n${skipped}\n`)
}
