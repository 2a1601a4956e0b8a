export type Affinity = 'integer' | 'text' | 'blob' | 'real' | 'numeric'

/** SQLite's rules for what a type name, which may be any text, stands for (`datatype3.html`, §3.1). */
export function affinityOf(typeName: string): Affinity {
  const name = typeName.toLowerCase()
  if (name.includes('int')) return 'integer'
  if (/char|clob|text/.test(name)) return 'text'
  if (name === '' || name.includes('blob')) return 'blob'
  return /real|floa|doub/.test(name) ? 'real' : 'numeric'
}
