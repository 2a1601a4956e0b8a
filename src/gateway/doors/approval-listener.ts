import type { HttpChannel } from '../../approval/channels/http-channel.js'
import { type ApprovalServer, serveApprovals } from '../../approval/channels/serve.js'
import type { ApprovalConfig, TlsFiles } from '../config/gateway-config.js'
import type { Listener } from '../listener.js'
import { unbound } from '../server.js'

export interface ApprovalListener extends Listener {
  /** New connections get the new certificate. */
  setTls(files: TlsFiles): void
}

/** Where people answer: a socket of its own, which need not be within the agents' reach. */
export function approvalListener(
  { host, port, tls }: NonNullable<ApprovalConfig['listen']>,
  channels: readonly HttpChannel[],
): ApprovalListener {
  let server: ApprovalServer | undefined
  return {
    name: 'approvals',
    async start() {
      const secure = tls === undefined ? {} : { tls: pem(tls) }
      server = await serveApprovals({ channels, host, port, ...secure }).catch((error: unknown) => {
        throw unbound(error, host, port)
      })
      return { host, port: server.port }
    },
    drain: async () => server?.close(),
    setTls: files => server?.setTls(pem(files)),
  }
}

function pem({ cert, key }: TlsFiles) {
  return { cert, key: key.reveal() }
}
