/** Detectors beyond card data that a policy can ask for, by the label that their findings are counted under. */
export const PACKS = ['birth-date', 'email', 'iban', 'phone', 'secret', 'ssn'] as const

export type Pack = (typeof PACKS)[number]
