/** Tells a process that was started as a worker which one it is. */
export const NAME_VARIABLE = 'CARDEA_GATEWAY_WORKER'
