/** The Emscripten factory behind libpg-query: each call makes an instance of its own. */
declare module 'libpg-query/wasm/libpg-query.js' {
  export interface PgQueryInstance {
    _malloc(bytes: number): number
    _free(pointer: number): void
    _wasm_parse_query_raw(text: number): number
    _wasm_free_parse_result(result: number): void
    getValue(pointer: number, type: 'i32'): number
    UTF8ToString(pointer: number): string
    stringToUTF8(text: string, pointer: number, bytes: number): void
    lengthBytesUTF8(text: string): number
  }
  // biome-ignore lint/style/noDefaultExport: the package is a CommonJS module with one export.
  export default function factory(options?: object): Promise<PgQueryInstance>
}
