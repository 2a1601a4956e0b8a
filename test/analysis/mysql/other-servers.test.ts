/** What MySQL does and MariaDB does not: its plans show values, and it has no functions of some names. */
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Catalog } from '../../../src/model/catalog.js'
import type { Facts } from '../../../src/model/facts.js'
import { catalog, type FactsOf, functions, loadFacts, outputs, withRoutines } from '../kit.js'

let factsOf: FactsOf
const facts = (statement: string, from: Catalog = catalog): Facts =>
  factsOf(statement, { ...from, dialect: 'mysql' }, 'mysql')
beforeAll(async () => {
  factsOf = await loadFacts()
})

describe('a plan that may show values comes from every labelled column that a select list names', () => {
  test.each([
    ['explain select ssn from customers where id = 1', 'customers.id,customers.ssn'],
    ['explain format=json select count(ssn) from customers', 'customers.ssn'],
    ['explain format=tree select left(ssn, 1) from customers', 'customers.ssn'],
    ['explain analyze select ssn is null from customers', 'customers.ssn'],
    ['describe format=json select name from (select name, ssn from customers limit 1) x', 'customers.ssn'],
    ['explain with x as (select cvv, id from cards) select id from x union select 1', 'cards.id,cards.cvv'],
    ['explain select exists(select ssn from customers)', 'customers.ssn'],
    ['explain insert into payments (note) select ssn from customers', 'customers.ssn,payments.note'],
    ['explain update payments set note = (select ssn from customers limit 1)', 'customers.ssn,payments.note'],
    ['explain select * from customers', 'customers.email,customers.ssn'],
  ])('%s', (statement, sources) => {
    const [output] = outputs(facts(statement))
    expect(output?.split(' ')[2]).toBe('derived')
    expect(output?.split(' ')[3]?.split(',').sort()).toEqual(sources.split(',').sort())
  })

  test.each([
    ['explain format=traditional select ssn, count(ssn) from customers'],
    ['explain select name from customers'],
    ["explain format = 'TRADITIONAL' select ssn from customers"],
  ])('but not %s', statement => {
    expect(outputs(facts(statement)).join()).not.toContain('derived customers.ssn')
  })
})

describe('nvl and nvl2', () => {
  test.each([['nvl(ssn, 1)'], ['nvl2(name, ssn, 1)']])(
    'are built-ins that choose where nobody has written them: %s',
    call => {
      const found = facts(`select ${call} as x from customers`)
      expect(outputs(found)).toEqual(['x derived customers.ssn'])
      expect(functions(found)).toEqual([])
    },
  )

  test.each([['nvl'], ['nvl2'], ['chr'], ['md5'], ['to_char']])('a user’s %s is nobody’s built-in', name => {
    const args = name === 'nvl2' ? '1, 2, 3' : '1, 2'
    const found = facts(`select ${name}(${args}) as x`, withRoutines(`with ${name}`, [{ name }]))
    expect(functions(found)).toEqual([`${name} user`])
    expect(outputs(found)).toEqual(['x unknown'])
  })

  test('what they choose by is judged as a condition', () => {
    const oracle = 'select nvl(nullif(left(ssn, 1), 1), exp(1000)) from customers'
    const same = oracle.replace('nvl', 'coalesce')
    expect((facts(oracle) as { columns?: unknown }).columns).toEqual(
      (facts(same) as { columns?: unknown }).columns,
    )
  })
})
