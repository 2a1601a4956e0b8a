import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { assembleCatalog } from '../../src/catalog/assemble.js'
import { unmatchedLabels } from '../../src/catalog/labels.js'
import { ConfigurationError } from '../../src/errors.js'
import type { Catalog, CatalogRelation, LabelRule } from '../../src/model/catalog.js'
import { labelled } from './support.js'

function table(name: string, columns: readonly string[], schema = 'public'): CatalogRelation {
  return {
    schema,
    name,
    kind: 'table',
    columns: columns.map(column => ({ name: column, type: 'text', nullable: true, labels: [] })),
    keys: [],
    hasTriggersOrRules: false,
    system: false,
  }
}

function catalog(relations: readonly CatalogRelation[], labels: readonly LabelRule[]): Catalog {
  return assembleCatalog({ dialect: 'postgres', searchPath: ['public'], relations, routines: [] }, labels)
}

const SHOP = [
  table('cards', ['id', 'pan', 'pan_last4', 'Cvv']),
  table('CardArchive', ['PAN'], 'Old.Stuff'),
  table('people', ['email', 'ssn']),
]

function found(...columns: readonly string[]): readonly string[] {
  return labelled(
    catalog(
      SHOP,
      columns.map(column => ({ column, label: 'x' })),
    ),
  ).map(entry => entry.replace('=x', ''))
}

describe('label rules', () => {
  test.each([
    ['cards.pan', ['public.cards.pan']],
    ['CARDS.Pan', ['public.cards.pan']],
    ['public.cards.cvv', ['public.cards.Cvv']],
    ['other.cards.pan', []],
    ['*.pan', ['Old.Stuff.CardArchive.PAN', 'public.cards.pan']],
    ['*.pan*', ['Old.Stuff.CardArchive.PAN', 'public.cards.pan', 'public.cards.pan_last4']],
    [
      'card*.*',
      ['Old.Stuff.CardArchive.PAN', ...['id', 'pan', 'pan_last4', 'Cvv'].map(c => `public.cards.${c}`)],
    ],
    ['pub*c.c*s.p*n', ['public.cards.pan']],
    ['*.p*n*4', ['public.cards.pan_last4']],
    ['*.pan*pan', []],
    ['"old.stuff".*.pan', ['Old.Stuff.CardArchive.PAN']],
    ['"cards"."pan"', ['public.cards.pan']],
    ['"*".pan', []],
    ['cards."p*"', []],
  ])('%s', (pattern, expected) => {
    expect(found(pattern)).toEqual(expected)
  })

  test.each(['pan', '', 'a.b.c.d', '.pan', 'cards.', 'a..b', '"a.b', 'a."b"c', 'a.""', '"a"b.c'])(
    'refuses %j with words',
    pattern => {
      expect(() => found(pattern)).toThrow(ConfigurationError)
    },
  )

  test('refuses an empty label', () => {
    expect(() => catalog(SHOP, [{ column: 'cards.pan', label: ' ' }])).toThrow(ConfigurationError)
  })

  test('add up, without repeats, to those a column has already', () => {
    const rules = ['secret', 'pan', 'secret', 'sad'].map(label => ({ column: 'cards.pan', label }))
    expect(labelled(catalog(SHOP, rules))).toEqual(['public.cards.pan=pan,sad,secret'])
    expect(labelled(catalog(catalog(SHOP, rules).relations, [{ column: '*.pan', label: 'own' }]))).toEqual([
      'Old.Stuff.CardArchive.PAN=own',
      'public.cards.pan=own,pan,sad,secret',
    ])
  })

  test('that match nothing are named', () => {
    const rules = ['cards.pan', 'card.pan', '*.emial', 'people.email', 'private.cards.pan'].map(column => ({
      column,
      label: 'pan',
    }))
    expect(unmatchedLabels(catalog(SHOP, rules), rules).map(rule => rule.column)).toEqual([
      'card.pan',
      '*.emial',
      'private.cards.pan',
    ])
  })

  test('a family with a member that is not in the picture still shares labels', () => {
    const parents = [{ schema: 'hidden', relation: 'parent' }]
    const relations = ['a', 'b'].map(name => ({ ...table(name, ['pan']), parents }))
    expect(labelled(catalog(relations, [{ column: 'a.pan', label: 'pan' }]))).toEqual([
      'public.a.pan=pan',
      'public.b.pan=pan',
    ])
  })

  test('a pattern matches exactly what its regular expression matches', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 8 })
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 })
    fc.assert(
      fc.property(part, name, (pattern, column) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(column)
        const result = catalog([table('t', [column])], [{ column: `t.${pattern}`, label: 'x' }])
        expect(labelled(result)).toHaveLength(expected ? 1 : 0)
      }),
    )
  })
})

describe('the version of a catalog', () => {
  const rules: readonly LabelRule[] = [{ column: 'cards.pan', label: 'pan' }]

  test('does not depend on the order of reading', () => {
    expect(catalog([...SHOP].reverse(), rules).version).toBe(catalog(SHOP, rules).version)
  })

  test('depends on labels, on the order of columns and on everything else', () => {
    const [cards, ...rest] = SHOP
    if (cards === undefined) throw new Error('no cards')
    const variants = [
      catalog(SHOP, []),
      catalog(SHOP, rules),
      catalog(SHOP, [{ column: 'cards.pan', label: 'sad' }]),
      catalog([{ ...cards, columns: [...cards.columns].reverse() }, ...rest], rules),
      catalog([{ ...cards, keys: [['id']] }, ...rest], rules),
      catalog([{ ...cards, keys: [['id', 'pan']] }, ...rest], rules),
      catalog([{ ...cards, hasTriggersOrRules: true }, ...rest], rules),
      catalog([{ ...cards, id: 7 }, ...rest], rules),
      catalog(rest, rules),
      assembleCatalog({ dialect: 'mysql', searchPath: ['public'], relations: SHOP, routines: [] }, rules),
      assembleCatalog({ dialect: 'postgres', searchPath: [], relations: SHOP, routines: [] }, rules),
    ]
    expect(new Set(variants.map(each => each.version)).size).toBe(variants.length)
  })

  test('belongs to a picture that cannot be changed', () => {
    const picture = catalog(SHOP, rules)
    const labels = picture.relations.find(each => each.name === 'cards')?.columns[1]?.labels as string[]
    expect(labels).toEqual(['pan'])
    expect(() => labels.pop()).toThrow(TypeError)
  })
})
