import { expect, test } from '@jest/globals'
import { contextBefore } from '../../src/masking/detectors/pan/context.js'
import { TextBytes } from '../../src/masking/detectors/text-bytes.js'
import { Folding } from '../../src/masking/detectors/unicode.js'

test.each([
  ...[
    'card',
    'cardholder',
    'credit',
    'debit',
    'cc',
    'pan',
    'elo',
    'mir',
    'dc',
    'ccn',
    'cup',
    'ccnum',
    'panid',
  ],
  ...['primary account', 'Kart', 'kaart', 'carte', 'cartao', 'carta', 'tarjeta', 'plastik', 'kort', 'kortet'],
  ...['kortnummer', 'kortti', 'crd no', 'crdnb', 'cr. credito', 'VISA', 'mastercard', 'maestro', 'amex'],
  ...['american express', 'diners', 'enroute', 'discover', 'jcb', 'union pay', 'UnionPay', 'rupay', 'uatp'],
  ...['verve', 'hipercard', 'girocard', 'bancontact', 'dankort', 'userPan', 'myCC', 'panNumber'],
])('%s before a number speaks of cards', word => {
  const bytes = new TextBytes(64)
  bytes.read(`${word} 4`)
  expect(contextBefore(bytes, word.length + 1)).toBe('word')
  bytes.read(`${word}: 4`)
  expect(contextBefore(bytes, word.length + 2)).not.toBe('none')
})

test.each(['卡号', 'карта', 'kárty', 'cartão', 'crédito', 'कार्ड', 'thẻ', 'カード', 'บัตร', 'ｃａｒｄ'])(
  '%s before a number speaks of cards',
  word => {
    const folding = new Folding(64)
    folding.read(`${word} 4`)
    expect(contextBefore(folding, folding.length - 1)).toBe('word')
  },
)

test.each(['order', 'was sent on', 'invoice no', '  '])('%j before a number does not', word => {
  const bytes = new TextBytes(64)
  bytes.read(`${word} 4`)
  expect(contextBefore(bytes, word.length + 1)).toBe('none')
})
