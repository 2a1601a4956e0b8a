/** Tests that only one of the two servers of MySQL's kind can hold: `CARDEA_TEST_MYSQL` says which of them is there. */
import { test } from '@jest/globals'

export const mysqlProper = process.env['CARDEA_TEST_MYSQL'] === 'true'

/** Like `test`, for what MySQL does not have: skipped there. */
export const testMariadb = mysqlProper ? test.skip : test
