/** Composition root, network: puts doors, pipeline and operation together around one configuration. */
export type { Listener } from './gateway/listener.js'
