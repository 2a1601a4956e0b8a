import type { TestFunction } from '../../src/testing/index.js'

/** Runs a contract outside the test runner and gives back the names of the promises that were broken. */
export async function brokenPromises(register: (test: TestFunction) => void): Promise<string[]> {
  const tests: { readonly name: string; readonly run: () => Promise<void> }[] = []
  register((name, run) => tests.push({ name, run }))
  const broken = await Promise.all(
    tests.map(({ name, run }) =>
      run().then(
        () => [],
        () => [name.replace(/^[^:]+: /, '')],
      ),
    ),
  )
  return broken.flat()
}
