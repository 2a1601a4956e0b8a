/** Dates of birth: dates in any usual order that words, a key or the head of a column call one. */
import type { Detector, Span } from '../detector.js'
import { endOf, hasDigits, namedValues, speaks } from './words.js'

const WORDS = [
  /(?<![A-Za-z])d\.?o\.?b\.?(?:date|value)?(?![A-Za-z])|date[\s_-]{0,2}of[\s_-]{0,2}birth|birth[\s_-]{0,2}(?:date|day|dt)|(?<![A-Za-z])b-?day(?![A-Za-z])|(?<![A-Za-z])born(?![A-Za-z])|geburts(?:datum|tag)|(?<![\p{L}])geb(?:\.|oren|_?dat(?:um)?)(?![\p{L}])|date[\s_]de[\s_]naissance|(?<![\p{L}])née?(?:\(e\))?(?=[\s:])|fecha[\s_]{0,2}(?:de[\s_]{0,2})?nac(?:imiento|\.)?|nacid[oa]|data[\s_]{0,2}(?:di[\s_]{0,2}|de[\s_]{0,2})?nasc(?:ita|imento)|geboorte(?:datum|dag)|födelse(?:datum|dag)|fødsels?(?:dato|dag)|data[\s_]urodzenia|дата[\s_]рождения|生年月日|出生(?:日期|年月日)/giu,
  /(?<=[a-z])D(?:ob|OB)(?:Date|Value)?(?![a-z])/g,
]

const YEAR = '(?:18[89]\\d|19\\d\\d|20\\d\\d)'
const MONTH = '(?:1[0-2]|0?[1-9])'
const DAY = '(?:3[01]|[12]\\d|0?[1-9])'
const NAME =
  '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|avr|juin|juil|août|déc|ene|abr|ago|dic)[\\p{L}]{0,10}\\.?'
const GLUE = '[-./\\s\\u2010-\\u2015]{1,2}'
const TIME = '(?:[T ]\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d\\d(?::?\\d\\d)?)?)?'
const ENDS = '(?![\\d\\p{L}])'
const FORMS: readonly RegExp[] = [
  `${YEAR}${GLUE}${MONTH}${GLUE}${DAY}${TIME}`,
  `(?:${DAY}${GLUE}${MONTH}|${MONTH}${GLUE}${DAY})${GLUE}(?:${YEAR}|'?\\d\\d)${TIME}`,
  `${YEAR}(?:1[0-2]|0[1-9])(?:3[01]|[12]\\d|0[1-9])`,
  `(?:(?:3[01]|[12]\\d|0[1-9])(?:1[0-2]|0[1-9])|(?:1[0-2]|0[1-9])(?:3[01]|[12]\\d|0[1-9]))${YEAR}`,
  `(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? )?${DAY}(?:st|nd|rd|th|\\.)?[-\\s/,]{0,2}(?:of |de )?${NAME}[-\\s/,]{0,3}(?:de )?(?:${YEAR}|'?\\d\\d)`,
  `(?:the )?${NAME}[-\\s/]{0,2}${DAY}(?:st|nd|rd|th)?[-\\s/,]{0,3}(?:${YEAR}|'?\\d\\d)`,
  `${YEAR}[-\\s/]${NAME}[-\\s/]${DAY}`,
  `${YEAR}年 ?${MONTH}月 ?${DAY}日?`,
].map(form => new RegExp(`^${form}${ENDS}`, 'iu'))

export function birthDatePack(): Detector {
  return Object.freeze<Detector>({
    name: 'birth-date',
    names: name => speaks(WORDS, name),
    find,
  })
}

function find(text: string): readonly Span[] {
  if (!hasDigits(text, 3)) return []
  return namedValues(text, { words: WORDS, read: (whole, start) => endOf(FORMS, whole, start) })
}
