import { describe, expect, test } from '@jest/globals'
import { secretPack } from '../../../src/masking/detectors/packs/secret.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { ALNUM, BASE64URL, DIGITS, HEX, holds, LOWER, type Random, seeded, UPPER } from './kit.js'

const scanner = new Scanner([secretPack()])
const mask = (text: string): string => scanner.mask(text)?.text ?? text

/** Put together here, so that no scanner of repositories takes them for real ones. */
const TOKENS: Readonly<Record<string, (random: Random) => string>> = {
  aws: random => `${random.pick(['AKIA', 'ASIA'])}${random.word(UPPER + DIGITS, 16)}`,
  github: random => `gh${random.pick([...'pousr'])}_${random.word(ALNUM, 36)}`,
  githubFine: random => `github_pat_${random.word(ALNUM, 22)}_${random.word(ALNUM, 59)}`,
  gitlab: random => `glpat-${random.word(BASE64URL, 20)}`,
  slack: random => `xoxb-${random.word(DIGITS, 12)}-${random.word(DIGITS, 12)}-${random.word(ALNUM, 24)}`,
  slackHook: random =>
    `https://hooks.slack.com/services/T${random.word(UPPER, 8)}/B${random.word(UPPER, 8)}/${random.word(ALNUM, 24)}`,
  stripe: random => `${random.pick(['sk', 'rk'])}_${random.pick(['live', 'test'])}_${random.word(ALNUM, 24)}`,
  stripeHook: random => `whsec_${random.word(ALNUM, 32)}`,
  google: random => `AIza${random.word(BASE64URL, 35)}`,
  googleClient: random => `GOCSPX-${random.word(BASE64URL, 28)}`,
  azure: random => `${random.word(ALNUM, 3)}8Q~${random.word(ALNUM, 34)}`,
  npm: random => `npm_${random.word(ALNUM, 36)}`,
  pypi: random => `pypi-AgEIcHlwaS5vcmc${random.word(BASE64URL, 60)}`,
  openai: random => `sk-proj-${random.word(BASE64URL, 48)}`,
  openaiOld: random => `sk-${random.word(ALNUM, 20)}1T3BlbkFJ${random.word(ALNUM, 20)}`,
  anthropic: random => `sk-ant-api03-${random.word(BASE64URL, 93)}AA`,
  huggingFace: random => `hf_${random.word(ALNUM, 34)}`,
  twilio: random => `SK${random.word(HEX, 32)}`,
  sendgrid: random => `SG.${random.word(BASE64URL, 22)}.${random.word(BASE64URL, 43)}`,
  shopify: random => `shpat_${random.word(HEX, 32)}`,
  square: random => `sq0csp-${random.word(BASE64URL, 43)}`,
  telegram: random => `${random.word('123456789', 10)}:AA${random.word(BASE64URL, 33)}`,
  vault: random => `hvs.${random.word(ALNUM, 90)}`,
  digitalOcean: random => `dop_v1_${random.word(HEX, 64)}`,
  databricks: random => `dapi${random.word(HEX, 32)}`,
  docker: random => `dckr_pat_${random.word(BASE64URL, 27)}`,
  terraform: random => `${random.word(ALNUM, 14)}.atlasv1.${random.word(BASE64URL, 60)}`,
  grafana: random => `glsa_${random.word(ALNUM, 32)}_${random.word(HEX, 8)}`,
  age: random => `AGE-SECRET-KEY-1${random.word(UPPER + DIGITS, 58)}`,
  bcrypt: random => `$2b$12$${random.word(`${ALNUM}./`, 53)}`,
  argon: random => `$argon2id$v=19$m=65536,t=3,p=4$${random.word(ALNUM, 22)}$${random.word(ALNUM, 43)}`,
  django: random => `pbkdf2_sha256$600000$${random.word(ALNUM, 22)}$${random.word(ALNUM, 43)}=`,
  scram: random =>
    `SCRAM-SHA-256$4096:${random.word(ALNUM, 22)}==$${random.word(ALNUM, 43)}=:${random.word(ALNUM, 43)}=`,
  jwt: random => `eyJhbGciOiJIUzI1NiJ9.eyJ${random.word(BASE64URL, 40)}.${random.word(BASE64URL, 43)}`,
  jwe: random =>
    `eyJhbGciOiJSU0EifQ.${Array.from({ length: 4 }, () => random.word(BASE64URL, 20)).join('.')}`,
}

test.each(Object.keys(TOKENS))('%s is known wherever it stands', kind => {
  const random = seeded(kind.length * 7919)
  for (let i = 0; i < 50; i++) {
    const token = TOKENS[kind]?.(random) ?? ''
    for (const text of [
      token,
      `key ${token} used`,
      `"${token}"`,
      `(${token})`,
      `a=${token};`,
      `<${token}>`,
      `x_${token}`,
    ]) {
      expect(mask(text)).not.toContain(token.slice(-12))
    }
  }
})

const PEM = `-----BEGIN RSA PRIVATE KEY-----\nMIIEow${'Ab0/'.repeat(16)}\n-----END RSA PRIVATE KEY-----`

test.each([
  [`before ${PEM} after`, 'before [redacted] after'],
  [JSON.stringify({ key: PEM }), '{"key":"[redacted]"}'],
  ['-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq', '[redacted]'],
  ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----', '[redacted]'],
  ['postgres://app:hunter2@db:5432/shop', 'postgres://app:[redacted]@db:5432/shop'],
  ['amqps://u:p/w0rd@mq.example/v', 'amqps://u:[redacted]@mq.example/v'],
  ['redis://:hunter2@cache:6379', 'redis://:[redacted]@cache:6379'],
  ['password=hunter2', 'password=[redacted]'],
  ['PGPASSWORD=hunter2 psql', 'PGPASSWORD=[redacted] psql'],
  [
    'Server=db;User Id=sa;Password=p@ss w;Encrypt=yes',
    'Server=db;User Id=sa;Password=[redacted] w;Encrypt=yes',
  ],
  ["Password='p@ss w';", "Password='[redacted]';"],
  ['{"password":"correct horse"}', '{"password":"[redacted]"}'],
  ['{\\"password\\":\\"hunter2\\"}', '{\\"password\\":\\"[redacted]\\"}'],
  ['password: correct horse battery', 'password: [redacted]'],
  ['dbPassword => "hunter2"', 'dbPassword => "[redacted]"'],
  ["alter user bob password 'hunter2'", "alter user bob password '[redacted]'"],
  ["create user bob identified by 'hunter2'", "create user bob identified by '[redacted]'"],
  ['mysql --password hunter2 -h db', 'mysql --password [redacted] -h db'],
  ['the password is hunter2', 'the password is [redacted]'],
  ['<password>hunter2</password>', '<password>[redacted]</password>'],
  ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'aws_secret_access_key = [redacted]'],
  [
    'AccountName=a;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq==;',
    'AccountName=a;AccountKey=[redacted];',
  ],
  ['?sv=2022&sig=abc123DEF456%2Bxyz', '?sv=2022&sig=[redacted]'],
  ['Authorization: Bearer abcdef123456', 'Authorization: Bearer [redacted]'],
  ['Authorization: Basic Ym9iOmh1bnRlcjI=', 'Authorization: Basic [redacted]'],
  ['curl -H "X-Api-Key: a1b2c3d4e5f6"', 'curl -H "X-Api-Key: [redacted]"'],
  ['user,password\nbob,hunter two\n', 'user,password\nbob,[redacted]\n'],
  ['api_key="0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6"', 'api_key="[redacted]"'],
  ['Passwort: geheim99', 'Passwort: [redacted]'],
  ['密码：hunter2', '密码：[redacted]'],
  ['password%3Dhunter2%26x', 'password%3D[redacted]%26x'],
])('%j', (text, masked) => {
  expect(mask(text)).toBe(masked)
})

test.each([
  'https://example.com:8443/a@b',
  'http://[::1]:8080/x',
  'postgres://app@db/shop',
  'postgres://app:$PGPASSWORD@db/shop',
  'postgres://app:[redacted]@db/shop',
  'PWD=/srv/app',
  'token_count=12345 max_tokens: 4096',
  'password varchar(255) not null',
  'password = getPassword()',
  'password: process.env.DB_PASSWORD',
  'secret santa: bring a gift',
  'primary_key=12345678ab',
  'access_key_id: abcdef123456',
  'eyJ is how they begin',
  'sk-estonian-language-resources-for-all',
  '-----BEGIN CERTIFICATE-----',
  '-----BEGIN PUBLIC KEY-----',
  'pk_live_abcdefghijklmnop',
  'd41d8cd98f00b204e9800998ecf8427e',
  'where password = $1 and token = ?',
  'where password = :password',
])('%j stays whole', text => {
  expect(mask(text)).toBe(text)
})

describe('tokens', () => {
  holds(
    {
      detector: secretPack,
      member: random => TOKENS[random.pick(Object.keys(TOKENS))]?.(random) ?? '',
      keys: ['value', 'note', 'header', 'x'],
    },
    { recall: 1, falsePositives: 0 },
  )
})

describe('passwords and keys beside their names', () => {
  holds(
    {
      detector: secretPack,
      member: random =>
        random.pick([
          `${random.word(LOWER, 6)}${random.word(DIGITS, 3)}${random.word(LOWER, 2)}`,
          `${random.word(ALNUM, 7)}!${random.word(DIGITS, 2)}${random.word(UPPER, 5)}`,
          `${random.word(ALNUM, 20)}7`,
        ]),
      keys: ['password', 'db_password', 'userPassword', 'passwd', 'PASSPHRASE'],
      // A cell of a table without a colon.
      without: ['html'],
    },
    { recall: 1, falsePositives: 0 },
  )
})
