import { Writable } from 'node:stream'

/**
 * Takes standard output for the protocol alone. Whatever else writes there from here on, a library's
 * `console.log` included, goes to standard error, where it breaks no message.
 */
export function claimStdout(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Writable {
  const write = stdout.write.bind(stdout)
  stdout.write = stderr.write.bind(stderr)
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Uint8Array, _, done) => {
      write(chunk, error => done(error))
    },
  })
}
