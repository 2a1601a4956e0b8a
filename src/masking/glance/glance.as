/**
 * Tells of cells of ASCII text, many at once, which a detector could find something in; in doubt, each of them. Source
 * (AssemblyScript) of module.data.ts; test/support/glance-source.ts compiles it. What counts is not written here but in
 * the tables that the host makes from the detectors' own (tables.ts); the host also reads and writes at these places.
 */
const KINDS: usize = 0
const CLASSES: usize = 256
const NAMES: usize = 288
const DIGITS: usize = 384
const STARTS: usize = 416
const GLUED: usize = 440
const LENGTHS: usize = 448
const CELLS: usize = 16_384
const TEXT: usize = 32_768

/** Bits of CLASSES. That of digits is the uppermost, which a mask of bits is made from directly. */
const IS_ESCAPE: i32 = 0x07
const IS_DELETE: i32 = 0x08
const IS_NOT_SPELLING: i32 = 0xb0
/** Values of KINDS. */
const DIGIT: u32 = 1
const WEAK: u32 = 4

/** Digits of the shortest card number. */
const SHORTEST: u32 = 12
/** Digits in a row that hold more than a number. */
const ROW: u32 = 19
/** Digits of the shortest verification code. */
const CODE: u32 = 3
/** Digits of twelve character codes. */
const CODES: u32 = 24
/** Characters of twelve digits spelled out. */
const SPELLED: u32 = 47
/** Groups that may be the bytes of a field. */
const PAIRS: u32 = 7
const UUID: u32 = 36
const UUID_HYPHENS: u64 = (1 << 8) | (1 << 13) | (1 << 18) | (1 << 23)

@inline
function characters(at: u32): v128 {
  return v128.load(TEXT + at)
}

@inline
function within(v: v128, first: i32, count: i32): v128 {
  return i8x16.lt_u(i8x16.sub(v, i8x16.splat(<i8>first)), i8x16.splat(<i8>count))
}

@inline
function is(v: v128, char: i32): v128 {
  return i8x16.eq(v, i8x16.splat(<i8>char))
}

@inline
function letters(v: v128): v128 {
  return within(v128.or(v, i8x16.splat(0x20)), 0x61, 26)
}

/** Control characters but white space, and bytes beyond ASCII, which are negative. */
@inline
function control(v: v128): v128 {
  return v128.andnot(i8x16.lt_s(v, i8x16.splat(0x20)), within(v, 9, 5))
}

/** Bits by both halves of each character. */
@inline
function looked(v: v128, low: v128, high: v128): v128 {
  return v128.and(i8x16.swizzle(low, v128.and(v, i8x16.splat(15))), i8x16.swizzle(high, i8x16.shr_u(v, 4)))
}

/** Whether these are a UUID in its usual form, in which nothing is ever found. */
function isUuid(from: u32): bool {
  let hyphens: u64 = 0
  let hex: u64 = 0
  for (let i: u32 = 0; i < UUID; i += 16) {
    const v = characters(from + i)
    const isHex = v128.or(within(v, 0x30, 10), within(v128.or(v, i8x16.splat(0x20)), 0x61, 6))
    hyphens |= <u64>(<u32>i8x16.bitmask(is(v, 0x2d))) << i
    hex |= <u64>(<u32>i8x16.bitmask(isHex)) << i
  }
  const all: u64 = (<u64>1 << UUID) - 1
  return (hyphens & all) == UUID_HYPHENS && ((hex | hyphens) & all) == all
}

/** Whether the text has to be looked at. */
function cell(from: u32, to: u32): bool {
  if (to - from == UUID && isUuid(from)) return false
  const low = v128.load(CLASSES)
  const high = v128.load(CLASSES, 16)
  let digits: u32 = 0
  let odd: u32 = 0
  let before: u32 = 0
  let spells: u32 = 0
  let seen = i8x16.splat(0)
  for (let at = from; at < to; at += 16) {
    const v = characters(at)
    const mask: u32 = to - at >= 16 ? 0xffff : (1 << (to - at)) - 1
    const classes = looked(v, low, high)
    seen = v128.or(seen, classes)
    digits += popcnt(<u32>i8x16.bitmask(classes) & mask)
    odd |= <u32>i8x16.bitmask(control(v)) & mask
    const symbols = is(v128.and(v, i8x16.splat(-5)), 0x2b)
    const word = <u32>i8x16.bitmask(v128.or(v128.or(classes, letters(v)), symbols)) & mask
    // A stretch of sixteen fills these characters, or ends among them.
    if (<u32>ctz(~word) + before >= 16) return true
    before = <u32>clz(~(word << 16))
    if (to - from < SPELLED) continue
    // What spells twelve digits fills two such stretches.
    spells = mask == 0xffff && !v128.any_true(v128.and(classes, i8x16.splat(<i8>IS_NOT_SPELLING))) ? spells + 1 : 0
    if (spells == 2) return true
  }
  if (odd != 0) return true
  // Classes of what stands behind the text count too, which is only too careful.
  if (v128.any_true(v128.and(seen, i8x16.splat(<i8>IS_DELETE)))) return true
  if (digits < CODE) return false
  if (named(from, to)) return true
  if (digits < SHORTEST) return false
  return v128.any_true(v128.and(seen, i8x16.splat(<i8>IS_ESCAPE))) || many(from, to, digits)
}

/** Whether one of the signs of a verification code's name stands somewhere. */
function named(from: u32, to: u32): bool {
  const low0 = v128.load(NAMES)
  const high0 = v128.load(NAMES, 16)
  const low1 = v128.load(NAMES, 32)
  const high1 = v128.load(NAMES, 48)
  const low2 = v128.load(NAMES, 64)
  const high2 = v128.load(NAMES, 80)
  let found = i8x16.splat(0)
  for (let at = from; at < to; at += 16) {
    const first = looked(characters(at), low0, high0)
    const second = looked(characters(at + 1), low1, high1)
    const third = looked(characters(at + 2), low2, high2)
    found = v128.or(found, v128.and(v128.and(first, second), third))
  }
  return v128.any_true(found)
}

/** Whether there may be a number among so many digits, or what is written in digits otherwise. */
function many(from: u32, to: u32, digits: u32): bool {
  if (digits >= CODES && codes(from, to) >= SHORTEST) return true
  let done = from
  // Windows overlap by sixteen, so that no stretch of so many is cut.
  for (let start = from; start < to; start += 48) {
    const rest = to - start
    let run: u64 = 0
    let digit: u64 = 0
    let mantissa: u64 = 0
    for (let i: u32 = 0; i < 64 && i < rest; i += 16) {
      const v = characters(start + i)
      const isDigit = within(v, 0x30, 10)
      const broken = v128.or(letters(v), v128.or(is(v, 0x24), is(v, 0x3f)))
      digit |= <u64>(<u32>i8x16.bitmask(isDigit)) << i
      run |= <u64>(<u32>i8x16.bitmask(broken) ^ 0xffff) << i
      mantissa |= <u64>(<u32>i8x16.bitmask(is(v128.and(v, i8x16.splat(-3)), 0x2c))) << i
    }
    const mask: u64 = rest >= 64 ? ~0 : (<u64>1 << rest) - 1
    digit &= mask
    run &= mask
    mantissa = (mantissa & mask) | digit
    const pairs = mantissa & (mantissa >> 1)
    const fours = pairs & (pairs >> 2)
    if ((fours & (fours >> 4) & (pairs >> 8)) != 0 && exponent(start, to)) return true
    let twelve = run & (run >> 1)
    twelve &= twelve >> 2
    twelve = twelve & (twelve >> 4) & (twelve >> 8)
    while (twelve != 0) {
      const place = ctz(twelve)
      const length = ctz(~(run >> place))
      const at = start + <u32>place
      if (at >= done) {
        const whole = length < 64 && (place + length < 64 || rest <= 64)
        const inside = whole ? (digit >> place) & ((<u64>1 << length) - 1) : ~<u64>0
        const count = popcnt(inside)
        const end = at + <u32>length
        if (count < SHORTEST || (count == SHORTEST && isOther(from, at, end, inside))) done = end
        else {
          done = stretch(from, at, to)
          if (done == 0) return true
        }
      }
      const passed = done - start
      if (passed >= 64) break
      twelve &= ~((<u64>1 << passed) - 1)
    }
    if (rest <= 64) break
  }
  return false
}

/** How many digits may begin the code of a digit: 48 to 57, 30 to 39 in hexadecimal, 60 to 71 behind a zero in octal. */
function codes(from: u32, to: u32): u32 {
  let count: u32 = 0
  for (let at = from; at < to; at += 16) {
    const v = characters(at)
    const mask: u32 = to - at >= 16 ? 0xffff : (1 << (to - at)) - 1
    const octal = v128.and(is(v, 0x30), within(characters(at + 1), 0x36, 2))
    count += popcnt(<u32>i8x16.bitmask(v128.or(within(v, 0x33, 3), octal)) & mask)
  }
  return count
}

/** Whether ten characters of a mantissa or more are followed by an exponent. */
function exponent(start: u32, to: u32): bool {
  let length: u32 = 0
  for (let at = start; at < to; at++) {
    const char = <u32>load<u8>(TEXT + at)
    if (char - 0x30 < 10 || char == 0x2e || char == 0x2c) length++
    else {
      if (length >= 10 && (char | 0x20) == 0x65) return true
      length = 0
    }
  }
  return false
}

/** Whether no number may be among digits and separators of which just twelve are digits: no card number of so few begins so. */
function isOther(from: u32, at: u32, end: u32, inside: u64): bool {
  if (popcnt(inside & ~(inside << 1)) > PAIRS) return false
  // The separator of track 2.
  if (((<u32>load<u8>(TEXT + end)) | 0x20) == 0x64) return false
  if (isNamed(from, at + <u32>ctz(inside))) return false
  let four: u32 = 0
  for (let i = 0; i < 4; i++) {
    four = 10 * four + <u32>load<u8>(TEXT + at + <u32>ctz(inside)) - 0x30
    inside &= inside - 1
  }
  return (<u32>load<u8>(LENGTHS + four) & 1) == 0
}

/** Whether words, or a sign that may stand for them, could stand right before a number. */
function isNamed(from: u32, first: u32): bool {
  for (let at = first; at > from && first - at < 5; at--) {
    const char = <u32>load<u8>(TEXT + at - 1)
    if (char == 0x3d || char == 0x3a || char == 0x23) return true
    if ((char | 0x20) == 0x73 && at - 1 > from && (<u32>load<u8>(TEXT + at - 2) | 0x20) == 0x69) return true
  }
  return false
}

/** Digits and separators from `at` on. @returns where they end, or 0 where a number may be among them. */
function stretch(from: u32, at: u32, to: u32): u32 {
  let all: u32 = 0
  let digits: u32 = 0
  let groups: u32 = 0
  let together: u32 = 0
  let gap: u32 = 0
  let weak: u32 = 0
  let first: u32 = 0
  let end: u32 = 0
  let before: u32 = 0
  for (; at < to; at++) {
    const char = <u32>load<u8>(TEXT + at)
    const kind = <u32>load<u8>(KINDS + char)
    if (kind == DIGIT) {
      if (together == 0) {
        if (groups == 0) first = at
        if (groups == PAIRS) return 0
        store<u8>(STARTS + groups, <u8>digits)
        groups++
      }
      store<u8>(DIGITS + digits, <u8>(char - 0x30))
      digits++
      if (++all >= ROW) return 0
      together++
      gap = 0
      weak = 0
      end = at + 1
      before = char
      continue
    }
    // The separator of track 2 is an escape or `D`.
    if (all >= SHORTEST && (char | 0x20) == 0x64) return 0
    if (together > SHORTEST && isMore(digits, together)) return 0
    together = 0
    if (kind == 0) break
    if (digits > 0) {
      gap++
      weak |= kind & WEAK
      const apart = gap > 6 || (char == 0x2a && before == 0x2a)
      if (apart || gap > (weak != 0 ? 4 : 6)) {
        if (digits >= SHORTEST && number(from, first, end, to, digits, groups)) return 0
        digits = 0
        groups = 0
      }
      // Digits only a few weak separators apart may belong to one row all the same.
      if (apart) all = 0
    } else if (all > 0) {
      gap++
      if (gap > 6 || (char == 0x2a && before == 0x2a)) all = 0
    }
    before = char
  }
  if (together > SHORTEST && isMore(digits, together)) return 0
  if (digits >= SHORTEST && number(from, first, end, to, digits, groups)) return 0
  return at
}

/** Whether a number may be among more digits: zeros before or behind, its length before, fields of a record. */
function isMore(digits: u32, length: u32): bool {
  if (length >= load<u8>(GLUED)) return true
  const at = DIGITS + digits - length
  const d0 = <u32>load<u8>(at)
  if (d0 == 0) return true
  const said = 10 * d0 + <u32>load<u8>(at, 1)
  return said == length - 2
}

/** Whether some of the groups may be a card number: its length and first digits are listed, and the check digit is right or words may stand in for it. */
function number(from: u32, first: u32, end: u32, to: u32, digits: u32, groups: u32): bool {
  if (isNamed(from, first)) return true
  const words = to - end >= 3
  for (let group: u32 = 0; group < groups; group++) {
    const start = <u32>load<u8>(STARTS + group)
    if (digits - start < SHORTEST) break
    const at = DIGITS + start
    const four =
      ((<u32>load<u8>(at) * 10 + <u32>load<u8>(at, 1)) * 10 + <u32>load<u8>(at, 2)) * 10 + <u32>load<u8>(at, 3)
    const lengths = <u32>load<u8>(LENGTHS + four)
    if (lengths == 0 && group > 0) continue
    for (let last = group; last < groups; last++) {
      const stop = last + 1 == groups ? digits : <u32>load<u8>(STARTS + last, 1)
      const length = stop - start
      if (length < SHORTEST) continue
      const listed = ((lengths >> (length - SHORTEST)) & 1) != 0
      if (!listed && (group > 0 || length == SHORTEST)) continue
      const luhn = passes(start, stop)
      if (listed && (luhn || (words && stop == digits))) return true
      // Words before the first may say the rest.
      if (group == 0 && length > SHORTEST && (listed || luhn)) return true
    }
  }
  return false
}

function passes(start: u32, stop: u32): bool {
  let sum: u32 = 0
  let twice = false
  for (let at = stop; at > start; at--) {
    const digit = <u32>load<u8>(DIGITS + at - 1)
    sum += twice ? (digit < 5 ? 2 * digit : 2 * digit - 9) : digit
    twice = !twice
  }
  return sum % 10 == 0
}

/** @returns how many of the cells have to be looked at; their numbers stand where the cells stood. */
export function bytes(count: u32): u32 {
  let found: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const place = CELLS + (<usize>i << 3)
    if (!cell(load<u32>(place), load<u32>(place, 4))) continue
    store<u32>(CELLS + (<usize>found << 2), i)
    found++
  }
  return found
}

/** As `bytes`, of UTF-16. What is beyond ASCII becomes a control character or stays beyond it. */
export function utf16(count: u32, length: u32): u32 {
  for (let at: u32 = 0; at < length; at += 16) {
    const from = TEXT + (<usize>at << 1)
    v128.store(TEXT + at, i8x16.narrow_i16x8_u(v128.load(from), v128.load(from, 16)))
  }
  return bytes(count)
}
