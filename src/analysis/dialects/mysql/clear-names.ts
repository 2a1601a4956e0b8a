/** Names that MySQL and MariaDB take for others than they are written. */
import { AnalysisStop } from '../../stop.js'

/** Of an alias both servers take blanks and control characters off the front. */
const BLANK_FIRST = /^[\0- \x7f]/

/** MySQL reads every character beyond U+FFFF as a question mark; MariaDB refuses it. */
const BEYOND = /[\ud800-\udfff]/

/** Characters with a capital, in the blocks where both servers and we agree on which belong together. */
const AGREED =
  /^[\u00b5-\u012f\u0131-\u017f\u0386-\u03ce\u0400-\u0481\u048c-\u04bf\u0531-\u0587\u1e00-\u1e9d\u1ea0-\u1ef9\u1f00-\u1fff\u2160-\u217f\u24b6-\u24e9\uff21-\uff5a]$/

/** @throws AnalysisStop `ill_formed` for such a name. */
export function refuseUnclearName(name: string): void {
  if (BLANK_FIRST.test(name)) throw unclear('begins with a blank')
  if (/^[\0-\x7f]*$/.test(name)) return
  if (BEYOND.test(name)) throw unclear('holds a character that servers do not keep')
  for (const char of name) {
    const hasCase = char.toLowerCase() !== char || char.toUpperCase() !== char
    if (hasCase && char > '\x7f' && !AGREED.test(char))
      throw unclear('holds a letter whose capital letter servers do not agree on')
  }
}

function unclear(what: string): AnalysisStop {
  return new AnalysisStop('ill_formed', `A name ${what}. Choose another.`)
}
