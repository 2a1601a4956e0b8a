/**
 * Whether a name matches a pattern in which `%` stands for any text and `_` for any character; one without `%`
 * matches anywhere. Upper and lower case are alike. Takes time in proportion to the two lengths, whatever they hold.
 */
export function isLike(name: string, pattern: string): boolean {
  const sought = (pattern.includes('%') ? pattern : `%${pattern}%`).toLowerCase()
  const text = name.toLowerCase()
  let [at, place] = [0, 0]
  let [star, resume] = [-1, 0]
  while (at < text.length) {
    if (sought[place] === '%') {
      star = place
      resume = at
      place += 1
    } else if (place < sought.length && (sought[place] === '_' || sought[place] === text[at])) {
      at += 1
      place += 1
    } else if (star >= 0) {
      resume += 1
      at = resume
      place = star + 1
    } else return false
  }
  while (sought[place] === '%') place += 1
  return place === sought.length
}
