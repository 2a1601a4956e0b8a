/**
 * The kinds and options that the parser writes into the nodes of a raw tree and that the lowering knows,
 * whether or not they make a difference to it. A value outside these lists ends the analysis.
 */
type Choices = readonly (readonly [field: string, known: ReadonlySet<unknown>])[]

function choices(lists: Readonly<Record<string, string>>): Choices {
  return Object.entries(lists).map(([field, list]) => [field, new Set(list.trim().split(/\s+/))] as const)
}

const CALL_FORMS = 'COERCE_EXPLICIT_CALL COERCE_SQL_SYNTAX'
const QUOTES = 'JS_QUOTES_UNSPEC JS_QUOTES_KEEP JS_QUOTES_OMIT'
const WRAPPERS = 'JSW_UNSPEC JSW_NONE JSW_CONDITIONAL JSW_UNCONDITIONAL'
const OVERRIDES = 'OVERRIDING_NOT_SET OVERRIDING_USER_VALUE OVERRIDING_SYSTEM_VALUE'
const XML_OPTIONS = 'XMLOPTION_DOCUMENT XMLOPTION_CONTENT'

export const CHOICES: ReadonlyMap<string, Choices> = new Map([
  [
    'SelectStmt',
    choices({
      limitOption: 'LIMIT_OPTION_DEFAULT LIMIT_OPTION_COUNT LIMIT_OPTION_WITH_TIES',
      op: 'SETOP_NONE SETOP_UNION SETOP_INTERSECT SETOP_EXCEPT',
    }),
  ],
  ['LockingClause', choices({ waitPolicy: 'LockWaitBlock LockWaitSkip LockWaitError' })],
  [
    'GroupingSet',
    choices({ kind: 'GROUPING_SET_EMPTY GROUPING_SET_ROLLUP GROUPING_SET_CUBE GROUPING_SET_SETS' }),
  ],
  [
    'SortBy',
    choices({
      sortby_dir: 'SORTBY_DEFAULT SORTBY_ASC SORTBY_DESC SORTBY_USING',
      sortby_nulls: 'SORTBY_NULLS_DEFAULT SORTBY_NULLS_FIRST SORTBY_NULLS_LAST',
    }),
  ],
  ['FuncCall', choices({ funcformat: CALL_FORMS })],
  ['RowExpr', choices({ row_format: 'COERCE_EXPLICIT_CALL COERCE_IMPLICIT_CAST' })],
  ['NullTest', choices({ nulltesttype: 'IS_NULL IS_NOT_NULL' })],
  ['MinMaxExpr', choices({ op: 'IS_GREATEST IS_LEAST' })],
  [
    'SQLValueFunction',
    choices({
      op: `SVFOP_CURRENT_DATE SVFOP_CURRENT_TIME SVFOP_CURRENT_TIME_N SVFOP_CURRENT_TIMESTAMP
        SVFOP_CURRENT_TIMESTAMP_N SVFOP_LOCALTIME SVFOP_LOCALTIME_N SVFOP_LOCALTIMESTAMP SVFOP_LOCALTIMESTAMP_N
        SVFOP_CURRENT_ROLE SVFOP_CURRENT_USER SVFOP_USER SVFOP_SESSION_USER SVFOP_CURRENT_CATALOG SVFOP_CURRENT_SCHEMA`,
    }),
  ],
  [
    'XmlExpr',
    choices({
      op: 'IS_XMLCONCAT IS_XMLELEMENT IS_XMLFOREST IS_XMLPARSE IS_XMLPI IS_XMLROOT IS_DOCUMENT',
      xmloption: XML_OPTIONS,
    }),
  ],
  ['XmlSerialize', choices({ xmloption: XML_OPTIONS })],
  [
    'JsonFuncExpr',
    choices({ op: 'JSON_EXISTS_OP JSON_QUERY_OP JSON_VALUE_OP', wrapper: WRAPPERS, quotes: QUOTES }),
  ],
  [
    'JsonBehavior',
    choices({
      btype: `JSON_BEHAVIOR_NULL JSON_BEHAVIOR_ERROR JSON_BEHAVIOR_EMPTY_ARRAY JSON_BEHAVIOR_EMPTY_OBJECT
        JSON_BEHAVIOR_TRUE JSON_BEHAVIOR_FALSE JSON_BEHAVIOR_UNKNOWN JSON_BEHAVIOR_DEFAULT`,
    }),
  ],
  ['JsonIsPredicate', choices({ item_type: 'JS_TYPE_ANY JS_TYPE_OBJECT JS_TYPE_ARRAY JS_TYPE_SCALAR' })],
  [
    'JsonTableColumn',
    choices({
      coltype: 'JTC_FOR_ORDINALITY JTC_REGULAR JTC_EXISTS JTC_FORMATTED JTC_NESTED',
      wrapper: WRAPPERS,
      quotes: QUOTES,
    }),
  ],
  [
    'CommonTableExpr',
    choices({ ctematerialized: 'CTEMaterializeDefault CTEMaterializeAlways CTEMaterializeNever' }),
  ],
  ['IndexElem', choices({ ordering: 'SORTBY_DEFAULT', nulls_ordering: 'SORTBY_NULLS_DEFAULT' })],
  ['ReturningOption', choices({ option: 'RETURNING_OPTION_OLD RETURNING_OPTION_NEW' })],
  ['InsertStmt', choices({ override: OVERRIDES })],
  [
    'MergeWhenClause',
    choices({
      matchKind: 'MERGE_WHEN_MATCHED MERGE_WHEN_NOT_MATCHED_BY_SOURCE MERGE_WHEN_NOT_MATCHED_BY_TARGET',
      override: OVERRIDES,
    }),
  ],
  ['DefElem', choices({ defaction: 'DEFELEM_UNSPEC' })],
  ['CreateTableAsStmt', choices({ objtype: 'OBJECT_TABLE OBJECT_MATVIEW' })],
  [
    'IntoClause',
    choices({ onCommit: 'ONCOMMIT_NOOP ONCOMMIT_PRESERVE_ROWS ONCOMMIT_DELETE_ROWS ONCOMMIT_DROP' }),
  ],
])
