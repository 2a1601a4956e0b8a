/** `test` of jest, vitest or `node:test`: registers one test, which fails when the promise rejects. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown
