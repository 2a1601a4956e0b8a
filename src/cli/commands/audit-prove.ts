import type { Command } from 'commander'
import { proveConsistency, proveInclusion } from '../../audit/prove.js'
import { ConfigurationError } from '../../errors.js'
import { checkpointsFrom } from '../audit/given.js'
import type { Console } from '../console.js'
import { wholeNumber } from '../options.js'
import { orCouldNotRead, readingCommand } from '../reading/reading-command.js'

interface Options {
  readonly checkpoint?: string
  readonly from?: number
  readonly to?: number
  readonly json?: true
}

/** `cardea audit prove`: that a record is in a checkpoint, or that a checkpoint continues another. */
export function addAuditProve(audit: Command, console: Console): void {
  readingCommand(
    audit,
    'prove',
    'prove to whoever holds a checkpoint that a record is in it, or that a later one continues it',
  )
    .argument('[seq]', 'the number of the record', wholeNumber)
    .option('--checkpoint <file>', 'the checkpoint to prove it by, a file or text; default: the newest')
    .option('--from <size>', 'with --to: the tree of so many records is continued', wholeNumber)
    .option('--to <size>', 'by the one of so many', wholeNumber)
    .option('--json', 'print the proof as JSON, with the line of the record')
    .action((dir: string, seq: number | undefined, options: Options) =>
      orCouldNotRead(() => prove(console, dir, seq, options)),
    )
}

async function prove(
  console: Console,
  dir: string,
  seq: number | undefined,
  { checkpoint, from, json, to }: Options,
): Promise<void> {
  if (from !== undefined && to !== undefined && seq === undefined && checkpoint === undefined) {
    console.json(await proveConsistency(dir, from, to))
    return
  }
  if (seq === undefined || from !== undefined || to !== undefined) {
    throw new ConfigurationError('Name a record, or two sizes with --from and --to.')
  }
  const [given] = checkpoint === undefined ? [] : checkpointsFrom([checkpoint])
  const { text, ...proof } = await proveInclusion(dir, seq, given?.source)
  if (json === true) console.json(proof)
  else console.print(...text.slice(0, -1).split('\n'))
}
