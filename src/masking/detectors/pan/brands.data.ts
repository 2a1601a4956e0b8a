/**
 * Issuer ranges by brand: first six digits from–to, lengths, whether the Luhn digit is certain.
 *
 * As of 2026-11. Put together from the public `credit-card-type` data set (10.3), public BIN articles and
 * the brands' own announcements (Mastercard 2-series, UnionPay 81). The ISO register itself is not public,
 * and ranges move: a missing range costs recall outside labelled columns and text that speaks of cards.
 *
 * `luhn: false`: issuers exist that ignore it, so a word about cards nearby may stand in for it.
 * `context: true`: too common as other numbers to count without a word about cards nearby.
 */
export interface BrandRange {
  readonly brand: string
  readonly from: number
  readonly to: number
  readonly lengths: readonly number[]
  readonly luhn: boolean
  readonly context?: true
}

const upTo19 = (from: number): readonly number[] => Array.from({ length: 20 - from }, (_, i) => from + i)

const range = (
  brand: string,
  from: number,
  to: number,
  lengths: readonly number[],
  luhn = true,
): BrandRange => ({ brand, from, to, lengths, luhn })

export const BRAND_RANGES: readonly BrandRange[] = [
  { ...range('uatp', 100000, 199999, [15]), context: true },
  range('jcb', 180000, 180099, [15]),
  { ...range('enroute', 201400, 201499, [15], false), context: true },
  range('jcb', 213100, 213199, [15]),
  { ...range('enroute', 214900, 214999, [15], false), context: true },
  range('mir', 220000, 220499, upTo19(16)),
  range('paypak', 220500, 220599, [16]),
  range('mastercard', 222100, 272099, [16]),
  range('carnet', 286900, 286999, [16]),
  range('diners', 300000, 305999, [14, 16, 17, 18, 19]),
  range('diners', 309500, 309599, [14, 16, 17, 18, 19]),
  range('amex', 340000, 349999, [15]),
  range('jcb', 352800, 358999, upTo19(16)),
  range('rupay', 353000, 353999, [16]),
  range('diners', 360000, 369999, upTo19(14)),
  range('amex', 370000, 379999, [15]),
  range('diners', 380000, 399999, [14, 16, 17, 18, 19]),
  range('visa', 400000, 499999, [13, 16, 18, 19]),
  range('maestro', 500000, 509999, upTo19(12)),
  range('mastercard', 510000, 559999, [16]),
  range('maestro', 560000, 589999, upTo19(12)),
  range('rupay', 600000, 609999, [16]),
  range('discover', 601100, 601199, upTo19(16)),
  range('shetab', 603700, 603799, [16]),
  range('shetab', 610400, 610499, [16]),
  range('unionpay', 620000, 629999, upTo19(16), false),
  { ...range('unionpay', 620000, 629999, [14, 15], false), context: true },
  range('maestro', 630400, 630499, upTo19(12)),
  range('interpayment', 636000, 636999, upTo19(16)),
  range('instapayment', 637000, 639999, [16]),
  range('maestro', 639000, 639099, upTo19(12)),
  range('discover', 644000, 659999, upTo19(16)),
  range('maestro', 670000, 679999, upTo19(12)),
  range('unionpay', 810000, 817999, upTo19(16), false),
  range('rupay', 818000, 829999, [16]),
  range('uzcard', 860000, 860099, [16]),
  range('arca', 905100, 905199, [16]),
  range('belkart', 911200, 911299, [16]),
  range('elkart', 941700, 941799, [16]),
  range('mada', 968200, 968299, [16]),
  range('napas', 970400, 970499, [16, 19]),
  range('troy', 979200, 979299, [16]),
  range('prostir', 980400, 980499, [16]),
  range('humo', 986000, 986099, [16]),
  range('dinacard', 989100, 989199, [16]),
]
