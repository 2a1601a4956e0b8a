/**
 * What verification codes are called, as sources of regular expressions over folded text: brands' own names (CVC2
 * Mastercard, CVV2 Visa, CID American Express and Discover, CAV2 JCB, CVN2 UnionPay), and how web forms and people of many
 * languages call them. As of 2026-11, from public payment forms and the brands' help pages.
 */
import { fold } from '../unicode.js'

const ENGLISH = [
  '[id]?cvv ?2?|[id]?cvc ?[23]?|cvn ?2?|cav ?2?|ccv ?2?|csc|cvd|pvv',
  'c[ .-]v[ .-][vc]\\b(?: 2\\b)?',
  'card.?verification(?:.?(?:value|code|number|digits|no))?',
  'card.?(?:security|validation|sec).?code|card.?code',
  '(?<!social.)security.?(?:code|number|digits|no)|sec(?:ure)?[ ._-]{0,2}code',
  'verification.?(?:value|code|number|digits|no)|signature.?panel.?code|(?:three|four|[34]).?digit.?code',
  'pin.?(?:verification.?value|offset)|(?:card|atm|debit).?pin(?:.?(?:code|number|no))?',
  '(?<![a-z0-9])pin(?:.?(?:code|number|no))?["\']?\\s?(?:[:=]|is)',
]

const ROMANCE = [
  '(?:c[oó]d(?:igo|ice)?\\.?|clave|n[uú]mero|num[eé]ro|code)(?: d[eiao])? (?:seguran[cç]a|seguridad|s[eé]curit[eé]|sicurezza|securitate)',
  '(?:c[oó]d(?:igo|ice)?\\.?|code) (?:d[eia] )?(?:verificaci[oó]n|v[eé]rification|verifica(?:[cç][aã]o|re)?|controllo)',
  'cryptogramme(?: visuel)?|code [aà] (?:trois|3) chiffres',
]

const GERMANIC = [
  '(?:karten)?sicherheits-?(?:code|nummer)|(?:karten)?pr(?:[uü]|ue)f(?:nummer|ziffern?|zahl)',
  'beveiligingscode|veiligheidscode|controlecode|s[aä]kerhetskod|kontrollkod|sikkerhedskode|sikkerhetskode',
]

const SLAVIC_AND_BALTIC = [
  'kod (?:cvv|zabezpiecz\\S{1,6}|bezpiecze[nń]stwa|weryfik\\S{1,6})|(?:bezpe[cč]nostn[iíyý]|ov[eě][rř]ovac[ií]) k[oó]d',
  'sigurnosni kod|varnostna koda|saugos kodas|dro[sš][iī]bas kods',
  'код (?:безопасности|безпеки|проверки|за сигурност)|проверочный код|тр[её]хзначный код|сигурносни код',
]

const OTHERS = [
  '(?:biztons[aá]gi|ellen[oő]rz[oő]) k[oó]d|turvakoodi|turvakood|g[uü]venlik (?:kodu|numaras[ıi])',
  'kode keamanan|kode? keselamatan|mã (?:b[aả]o m[aậ]t|an toàn)',
  'κωδικός (?:ασφαλείας|επαλήθευσης)',
  '安全码|安全碼|验证码|驗證碼|校验码|校驗碼|[后後末]三[位码碼]|背面.{0,3}三位(?:数字|數字)?',
  'セキュリティー?(?:コード|番号)|보안 ?코드|유효성 ?코드',
  'सुरक्षा कोड|रक्षा कोड|सीवीवी|সিভিভি|رمز الأمان|رمز التحقق|رقم الأمان|کد امنیتی|קוד אבטחה|שלוש ספרות בגב|รหัสความปลอดภัย',
]

/** Any of the names. */
export const NAME = fold([ENGLISH, ROMANCE, GERMANIC, SLAVIC_AND_BALTIC, OTHERS].flat().join('|'))

/** Quick look for any of them, and for where a code stands; what is ASCII of it also in `code-names.ts`. */
export const NAME_SIGN = new RegExp(
  fold(
    'cv[cdnv]|c[acs][cv]|CID|c.d[ei. ]|c[ .-]v[ .-][vc]|[vw]er[iy]f|v[eé]rif|crypto|back|s[eé]cur|sec(?:ure)?[ ._-]{0,2}code|segur|si[cg]ur|sicher|pr[uü]e?f|pin(?![a-z])|pin.?(?:code|n|off|ver)|pvv|' +
      'rückseite|k[oó]{1,2}d|код|κωδ|安全|[验驗][证證]|校[验驗]|三[位码碼]|セキュ|보안|코드|رمز|رقم|کد|קוד|ספרות|цифр|mã |डकोड|रकष|सीव|সভভ|रक्षा|सीवीवी|সিভিভি|รหัส|chiffres|digit.?code|g[uü]ven',
  ),
  'i',
)

const TAG = '(?:b|i|u|p|em|dd|dt|td|th|li|div|code|font|span|label|small|strong)'
/** What may stand between the name and the code, piece by piece. */
export const FILLER =
  `["'\\\\\\s:=_#.()>\\[\\]{}|,;/*!?+\`–—：＝-]|%[0-9a-f]{2}|&(?:quot|#\\d{1,4}|#x[0-9a-f]{1,4});|\\\\u00[0-9a-f]{2}|` +
  `</?${TAG}(?:\\s[^<>]{0,60})?>|\\((?:the )?(?:last )?[34][ -]?(?:digit|chiffre|d[ií]gito|stellig)[^()\\d]{0,24}\\)|` +
  "values|(?!val)[a-z-]{2,12}=[\"'][\\w -]{0,20}[\"']|type|string|text|is|are|was|be|should|will|'s|no|nr|n[uú]mero|num[eé]ro|numer|" +
  'number|num|nummer|code|kode?n?|k[oó]d|kodu|koda|c[oó]digo|c[oó]dice|value|val|content|field|back|front|on|the|of|card|your|my|cv[vc]2?|' +
  'était|est|ist|war|lautet|es|är|er|jest|é|è|код|کارت|번호|是|为|為|は|が|는|은|가|이|है|هو|הכרטיס'
