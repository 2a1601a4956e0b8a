/** Type OIDs that are the same in every PostgreSQL (src/include/catalog/pg_type.dat). */

export const BOOL = 16
export const BYTEA = 17
export const JSON_TEXT = 114
export const JSONB = 3802
export const TEXT = 25
export const RECORD = 2249

/** OIDs from here on are made by the database's users. */
export const FIRST_OWN = 16_384

/** `text`, `varchar`, `bpchar`, `"char"`, `name`, `unknown`, `xml`, `cstring`, `refcursor`: text in both formats. */
const TEXT_LIKE: readonly number[] = [25, 1043, 1042, 18, 19, 705, 142, 2275, 1790]

export function isTextLike(type: number): boolean {
  return TEXT_LIKE.includes(type)
}

export interface ArrayType {
  readonly element: number
  /** The type as which node-postgres reads the elements; absent where it gives the array as text. */
  readonly read?: number
}

const FLOAT8 = 701
const INT4 = 23
const INT8 = 20
const DATE = 1082

/** By array type. Read as node-postgres does (pg-types 2.2): `numeric[]` as floats, for one. */
const ARRAYS: ReadonlyMap<number, ArrayType> = new Map(
  (
    [
      [1000, BOOL, BOOL],
      [1001, BYTEA, BYTEA],
      [1005, 21, INT4],
      [1007, 23, INT4],
      [1028, 26, INT4],
      [1016, 20, INT8],
      [1017, 600, 600],
      [1021, 700, FLOAT8],
      [1022, 701, FLOAT8],
      [1231, 1700, FLOAT8],
      [1008, 24, TEXT],
      [1009, 25, TEXT],
      [1014, 1042, TEXT],
      [1015, 1043, TEXT],
      [1040, 829, TEXT],
      [1041, 869, TEXT],
      [651, 650, TEXT],
      [3907, 3906, TEXT],
      [2951, 2950, TEXT],
      [791, 790, TEXT],
      [1183, 1083, TEXT],
      [1270, 1266, TEXT],
      [1115, 1114, DATE],
      [1182, 1082, DATE],
      [1185, 1184, DATE],
      [1187, 1186, 1186],
      [199, 114, JSON_TEXT],
      [3807, 3802, JSON_TEXT],
      [143, 142],
      [1002, 18],
      [1003, 19],
      [1561, 1560],
      [1563, 1562],
      [1011, 28],
      [1012, 29],
      [719, 718],
      [775, 774],
      [1018, 601],
      [1020, 603],
      [2201, 1790],
      [2287, RECORD],
      [3905, 3904],
      [3909, 3908],
      [3911, 3910],
      [3913, 3912],
      [3927, 3926],
      [6150, 4451],
      [6151, 4532],
      [6152, 4533],
      [6153, 4534],
      [6155, 4535],
      [6157, 4536],
      [271, 5069],
      [2949, 2970],
      [5039, 5038],
      [3643, 3614],
      [3645, 3615],
      [4073, 4072],
    ] as const
  ).map(([array, element, read]) => [array, read === undefined ? { element } : { element, read }]),
)

export function arrayType(type: number): ArrayType | undefined {
  return ARRAYS.get(type)
}

/** Element type by range type, and range type by multirange type. */
const RANGES: ReadonlyMap<number, number> = new Map([
  [3904, 23],
  [3906, 1700],
  [3908, 1114],
  [3910, 1184],
  [3912, 1082],
  [3926, 20],
])
const MULTIRANGES: ReadonlyMap<number, number> = new Map([
  [4451, 3904],
  [4532, 3906],
  [4533, 3908],
  [4534, 3910],
  [4535, 3912],
  [4536, 3926],
])

export function rangeElement(type: number): number | undefined {
  return RANGES.get(type)
}

export function multirangeElement(type: number): number | undefined {
  return MULTIRANGES.get(type)
}
