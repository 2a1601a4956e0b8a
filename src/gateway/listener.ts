/** One listening socket of the gateway with everything behind it: HTTP and MCP, the wire protocols, the operator's. */
export interface Listener {
  /** For logs, metrics and readiness, for example `'http'`. */
  readonly name: string
  /** Binds, and says where. */
  start(): Promise<{ readonly host: string; readonly port: number }>
  /** Takes no new work; resolves when what is under way is done. At the signal, what is left is cut. */
  drain(deadline: AbortSignal): Promise<void>
}
