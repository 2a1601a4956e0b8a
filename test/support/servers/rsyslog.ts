/**
 * A private rsyslog: from the programs on this machine, else unpacked from Debian's packages (see
 * debian-download.ts). It takes RFC 5424 over TCP and over TLS, and keeps each message raw in a file. Each has a
 * module of its own: one imtcp with both kinds of listeners now and then mixes them up (8.2302).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { debianTree } from './debian-download.js'
import { freePort, isExecutable, PrivateServer } from './process.js'

export interface Rsyslog {
  readonly host: '127.0.0.1'
  /** Plain TCP. */
  readonly port: number
  /** TLS; the certificate is for `localhost` and 127.0.0.1, and is its own authority. */
  readonly tlsPort: number
  /** PEM. */
  readonly ca: string
  /** Raw messages as received, in order, without the length before them. */
  messages(): string[]
  stop(): Promise<void>
}

interface Programs {
  readonly tree: string
  readonly daemon: string
  readonly modules: string
  readonly libraries: readonly string[]
}

const DAEMON = 'usr/sbin/rsyslogd'
const TLS_MODULE = 'rsyslog/lmnsd_ossl.so'

/** @throws Error when rsyslog can be had in no way. */
export async function startRsyslog(): Promise<Rsyslog> {
  const programs = await locate()
  const server = new PrivateServer('rsyslog', 'KILL')
  try {
    return await launch(server, programs)
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function locate(): Promise<Programs> {
  const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  const modules = `/usr/lib/${architecture}-linux-gnu/rsyslog`
  if (
    isExecutable(`/${DAEMON}`) &&
    isExecutable('/usr/bin/openssl') &&
    readable(join(modules, 'lmnsd_ossl.so'))
  )
    return { tree: '/', daemon: `/${DAEMON}`, modules, libraries: [] }
  const { tree, libraries } = await debianTree({
    name: 'rsyslog',
    packages: ['rsyslog', 'rsyslog-openssl'],
    program: DAEMON,
    modules: [TLS_MODULE, 'rsyslog/imtcp.so', 'rsyslog/imptcp.so'],
  })
  const folder = libraries.find(path => readable(join(tree, path, TLS_MODULE))) ?? ''
  return { tree, daemon: DAEMON, modules: join(folder, 'rsyslog'), libraries }
}

async function launch(server: PrivateServer, programs: Programs): Promise<Rsyslog> {
  const tree = await server.reachable(programs.tree)
  const modules = join(tree, programs.modules)
  const [port, tlsPort] = [await freePort(), await freePort()]
  await server.run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
    ...['-keyout', server.path('key.pem'), '-out', server.path('cert.pem'), '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
  ])
  const kept = server.path('messages.log')
  writeFileSync(
    server.path('rsyslog.conf'),
    `global(workDirectory="${server.directory}" maxMessageSize="32m"
  parser.escapeControlCharactersOnReceive="off"
  DefaultNetstreamDriverCAFile="${server.path('cert.pem')}"
  DefaultNetstreamDriverCertFile="${server.path('cert.pem')}"
  DefaultNetstreamDriverKeyFile="${server.path('key.pem')}")
module(load="${join(modules, 'imtcp.so')}" maxFrameSize="33554432"
  StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
module(load="${join(modules, 'imptcp.so')}")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="keep") { action(type="omfile" file="${kept}" template="raw" fileCreateMode="0644") }
input(type="imtcp" address="127.0.0.1" port="${tlsPort}" ruleset="keep")
input(type="imptcp" address="127.0.0.1" port="${port}" ruleset="keep" maxFrameSize="33554432")
`,
    { mode: 0o644 },
  )
  const log = server.path('rsyslog.err')
  server.start(
    join(tree, programs.daemon),
    ['-n', '-f', server.path('rsyslog.conf'), '-i', server.path('rsyslog.pid'), '-M', modules],
    log,
    { LD_LIBRARY_PATH: programs.libraries.map(path => join(tree, path)).join(':') },
  )
  await server.ready(() => answers(port), log)
  await server.ready(() => answers(tlsPort), log)
  return {
    host: '127.0.0.1',
    port,
    tlsPort,
    ca: readFileSync(server.path('cert.pem'), 'utf8'),
    messages: () => (readable(kept) ? readFileSync(kept, 'utf8').split('\n').slice(0, -1) : []),
    stop: () => server.stop(),
  }
}

function answers(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy()
      resolve()
    })
    socket.on('error', reject)
  })
}

function readable(path: string): boolean {
  try {
    readFileSync(path)
    return true
  } catch {
    return false
  }
}
