import type { Command } from 'commander'
import { CardeaError } from '../../errors.js'
import { COULD_NOT_READ, Exit } from '../exit.js'

/** A command below `audit` that reads a trail. */
export function readingCommand(audit: Command, name: string, description: string): Command {
  return audit
    .command(name)
    .description(description)
    .argument('<dir>', 'the directory of the trail, or of the trails of several workers')
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
