import type { Command } from 'commander'
import type { Console } from '../console.js'
import { COULD_NOT, DONE } from '../exit.js'

/** What a process that has closed everything may still take to end by itself. */
const FAREWELL_MS = 5_000

/** `cardea gateway`: serves agents until it is told to end. */
export function addGateway(program: Command, console: Console): void {
  program
    .command('gateway')
    .description('serve agents over MCP and HTTP; SIGHUP reloads, SIGTERM ends in good order')
    .requiredOption('--config <file>', 'the configuration; check it with cardea config check')
    .action(({ config }: { readonly config: string }) =>
      serve(console, config, program.version() ?? 'unknown'),
    )
}

async function serve(console: Console, file: string, version: string): Promise<void> {
  // Whatever is written from here on, trails above all, is for this user alone.
  process.umask(0o077)
  // Other commands need not wait for servers to load.
  const { loadGatewayConfig, openGateway } = await import('../../gateway.js')
  const config = await loadGatewayConfig(file)
  const log = { write: (line: string) => console.print(line.trimEnd()) }
  const gateway = await openGateway({ config, version, log })
  const reload = (): void => void gateway.reload('SIGHUP')
  process.on('SIGHUP', reload)
  const atOnce = new AbortController()
  try {
    await signalled(() => atOnce.abort())
    await gateway.close(atOnce.signal)
    console.exit(DONE)
  } finally {
    process.off('SIGHUP', reload)
    setTimeout(() => process.exit(process.exitCode ?? COULD_NOT), FAREWELL_MS).unref()
  }
}

/** Resolves at the first SIGTERM or SIGINT; `again` is called at the second. */
function signalled(again: () => void): Promise<void> {
  return new Promise(resolve => {
    let first = true
    const hear = (): void => {
      if (first) resolve()
      else again()
      first = false
    }
    process.on('SIGTERM', hear)
    process.on('SIGINT', hear)
  })
}
