/** How much of a text is read at all, unless the host says otherwise: characters, and brackets open plus operators chained. */
export const READING_LIMITS = Object.freeze({ maxLength: 256 * 1024, maxDepth: 600 })
