import type { Command } from 'commander'
import { CardeaError } from '../../errors.js'
import { Exit } from '../exit.js'

/** Of every `cardea audit` command: 1 and 2 say how a trail is, so 3 is left for what could not be done. */
const COULD_NOT_READ = 3

/** A command below `audit`, with its exit code for wrong usage. */
export function readingCommand(audit: Command, name: string, description: string): Command {
  return audit
    .command(name)
    .description(description)
    .argument('<dir>', 'the directory of the trail, or of the trails of several workers')
    .exitOverride(error => {
      throw error.exitCode === 0 ? error : new Exit(COULD_NOT_READ, '')
    })
}

/** Runs the command; what cannot be done ends it with the exit code of a reader, in words. */
export async function orCouldNotRead(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof Exit) throw error
    throw new Exit(COULD_NOT_READ, wordsOf(error))
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof CardeaError) return `${error.message}\n(${error.code}, see ${error.docs})`
  return error instanceof Error ? error.message : String(error)
}
