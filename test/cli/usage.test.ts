import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { cardea } from './support.js'

const COMMANDS: readonly (readonly string[])[] = [
  ['init'],
  ['schema', 'dump'],
  ['scan'],
  ['explain'],
  ['policy', 'check'],
  ['policy', 'test'],
  ['policy', 'schema'],
  ['audit', 'verify'],
  ['audit', 'tail'],
  ['audit', 'search'],
  ['login'],
  ['logout'],
  ['whoami'],
  ['agent', 'keygen'],
  ['agent', 'token'],
  ['agent', 'list'],
  ['agent', 'revoke'],
  ['agent', 'revoke-subject'],
]

describe('the program', () => {
  test('tells its version and its commands', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'))
    expect(await cardea('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
    const help = await cardea('--help')
    expect(help.code).toBe(0)
    for (const [command] of COMMANDS) expect(help.out).toContain(`  ${command}`)
  })

  test.each(COMMANDS.map(command => [command.join(' '), command] as const))(
    'documents every option of %s',
    async (_, command) => {
      const help = await cardea(...command, '--help')
      const docs = await readFile('docs/cli.md', 'utf8')
      const headings = [command.join(' '), command[0]].map(name => `\n## cardea ${name}\n`)
      const heading = headings.find(each => docs.includes(each)) ?? 'no heading'
      const own = docs.split(heading)[1]?.split('\n## ')[0] ?? ''
      expect(help.code).toBe(0)
      const options = [...help.out.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(match => match[1])
      expect(options).toContain('--help')
      for (const option of options.filter(each => each !== '--help')) expect(own).toContain(`\`${option}`)
    },
  )

  test.each([
    [['fly'], 'unknown command'],
    [['explain', 'select 1'], '--policy'],
    [['explain', 'select 1', '--policy', 'p', '--surprise'], '--surprise'],
    [['policy', 'check'], 'file'],
    [['init', 'extra'], 'too many arguments'],
  ])('refuses %j with words and code 2', async (argv, words) => {
    const { code, out, err } = await cardea(...argv)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(words)
    expect(err).not.toMatch(/^\s+at /m)
  })

  test.each([
    '',
    'fly',
    'verify',
    'prove',
    'keygen',
    'tail',
    'search',
    'show',
    'replay',
    'stats',
    'index',
    'prune',
    'export',
    'schema --odd',
  ])('refuses audit %s with code 3: 1 and 2 say how a trail is', async command => {
    const { code, out, err } = await cardea('audit', ...command.split(' ').filter(word => word !== ''))
    expect([code, out]).toEqual([3, ''])
    expect(err).not.toBe('')
  })

  test('prints no PAN and no control character, whatever it was given', async () => {
    const { err } = await cardea('policy', 'check', 'no \u001b[31m 4111111111111111 such file')
    expect(err).toContain('cannot be read')
    expect(err).not.toContain('4111111111111111')
    expect(err).not.toContain('\u001b')
    expect((await cardea('4111 1111 1111 1111')).err).not.toContain('4111 1111 1111 1111')
  })
})
