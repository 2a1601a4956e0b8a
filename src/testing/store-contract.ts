/** What the contracts of stores have in common: a store is shared by processes. */
import { type Patience, patience } from './settled.js'
import type { TestFunction } from './test-function.js'

/** One fresh, empty store. */
export interface StoreUnderTest<Store> {
  readonly store: Store
  /**
   * Another handle onto the same storage, as another process would have it: connections of its own, nothing
   * shared in memory. Absent for a store that lives in one process.
   */
  another?(): Store | Promise<Store>
  /** Makes storage refuse everything from now on: the server is gone. */
  breakStorage?(): void | Promise<void>
  /** Frees what `make` and `another` took. Stores may be closed or broken by then. */
  dispose?(): void | Promise<void>
}

export interface StoreContractOptions<Adapter> {
  readonly test: TestFunction
  readonly make: () => Adapter | Promise<Adapter>
  /** Milliseconds in which a call must settle and a listener must have been told. Default 5,000. */
  readonly patienceMs?: number
}

/** What every promise of a store is checked with. */
export interface StoreBench<Store> extends Patience {
  readonly store: Store
  readonly breakStorage: StoreUnderTest<Store>['breakStorage']
  /** Opened. The same store where there is only one handle. */
  another(): Promise<Store>
}

/**
 * Registers one test for each promise.
 *
 * @param name of the port, which the tests' names begin with.
 * @param benchOf what the promises of this port are checked with besides.
 */
export function storeContract<
  Store extends { open?(): Promise<void> },
  Adapter extends StoreUnderTest<Store>,
  Bench,
>(
  name: string,
  { test, make, patienceMs }: StoreContractOptions<Adapter>,
  promises: Readonly<Record<string, (bench: Bench) => Promise<void>>>,
  benchOf: (common: StoreBench<Store>, adapter: Adapter) => Bench,
): void {
  for (const [promise, check] of Object.entries(promises)) {
    test(`${name}: ${promise}`, async () => {
      const adapter = await make()
      const { store } = adapter
      try {
        await store.open?.()
        const common: StoreBench<Store> = {
          ...patience(patienceMs),
          store,
          breakStorage: adapter.breakStorage?.bind(adapter),
          async another() {
            if (adapter.another === undefined) return store
            const other = await adapter.another()
            await other.open?.()
            return other
          },
        }
        await check(benchOf(common, adapter))
      } finally {
        await adapter.dispose?.()
      }
    })
  }
}
