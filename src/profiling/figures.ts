/** Counts over the sampled values of one column, or of one place in its documents. No value can be told from them. */
export interface Figures {
  /** Values that are neither NULL nor empty. */
  readonly values: number
  /** Values that are a card number and nothing else. */
  readonly whole: number
  /** Different ones among them, in whatever notation or encoding. */
  readonly different: number
  /** Values with a card number in them, those included. */
  readonly containing: number
  /** Different numbers of 12 to 19 digits that are the whole of a value. */
  readonly numbers: number
  /** Of those, with a valid check digit. */
  readonly luhn: number
  /** Of those, with the first digits and the length of a card brand. */
  readonly issued: number
  readonly brands: readonly string[]
  /** Different first six digits of those with a brand. */
  readonly issuers: number
  /** Characters of the shortest and of the longest value. */
  readonly shortest: number
  readonly longest: number
  /** Values with magnetic stripe data. */
  readonly tracks: number
  /** Values in which a verification code or PIN block stands beside its name. */
  readonly named: number
  /** Values of one to four, and of three or four, digits and nothing else. */
  readonly upToFour: number
  readonly threeOrFour: number
  /** Different values among those of three or four digits, different first digits, and those that begin with 0. */
  readonly codes: number
  readonly firstDigits: number
  readonly leadingZeros: number
  /** values of four digits that read as a year, or as month and year. */
  readonly dates: number
  /** Values of sixteen hexadecimal digits. */
  readonly blocks: number
  /** By label of the other detectors: values that are one and nothing else, and values with one in them. */
  readonly others: Readonly<Record<string, { readonly whole: number; readonly containing: number }>>
}
