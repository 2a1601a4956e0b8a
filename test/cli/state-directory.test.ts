/** Where the sign-in is kept, on each system. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { stateDirectory } from '../../src/cli/credentials/sign-in.js'

const home = homedir()

test.each<[string, NodeJS.ProcessEnv, NodeJS.Platform, string]>([
  ['Linux', {}, 'linux', join(home, '.local/state/cardea')],
  ['Linux with a state directory', { XDG_STATE_HOME: '/state' }, 'linux', '/state/cardea'],
  [
    'Linux with a relative one, which does not count',
    { XDG_STATE_HOME: 'state' },
    'linux',
    join(home, '.local/state/cardea'),
  ],
  ['macOS', { XDG_STATE_HOME: '/state' }, 'darwin', join(home, 'Library/Application Support/cardea')],
  ['Windows', { LOCALAPPDATA: '/local' }, 'win32', '/local/cardea'],
  ['Windows without a profile', {}, 'win32', join(home, 'AppData/Local/cardea')],
  ['any, when told', { CARDEA_HOME: '/mine', XDG_STATE_HOME: '/state' }, 'darwin', '/mine'],
])('on %s', (_, env, platform, expected) => {
  expect(stateDirectory(env, platform)).toBe(expected)
})
