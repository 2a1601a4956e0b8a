/** The relational form's shapes, said briefly. */
import type {
  CallExpression,
  Expression,
  OperatorExpression,
  OperatorRole,
  Query,
  Select,
  Source,
  With,
} from '../../relational.js'

export const NO_WITH: With = { recursive: false, tables: [] }

export function constant(value: string | number | boolean | null): Expression {
  return { type: 'constant', value }
}

export function column(...path: readonly string[]): Expression {
  return { type: 'column', path, star: false }
}

export function call(
  name: string,
  args: readonly Expression[],
  more: Partial<CallExpression> = {},
): CallExpression {
  return {
    type: 'call',
    name: { name },
    args,
    star: false,
    distinct: false,
    order: [],
    withinGroup: false,
    ...more,
  }
}

export function compose(form: string, parts: readonly Expression[]): Expression {
  return { type: 'compose', form, parts }
}

export function not(operand: Expression): Expression {
  return { type: 'logic', operator: 'not', operands: [operand] }
}

export function operator(
  name: string,
  role: OperatorRole,
  operands: readonly Expression[],
  form: OperatorExpression['form'] = 'plain',
): OperatorExpression {
  return { type: 'operator', name: { name }, role, form, operands }
}

export function castTo(name: string, operand: Expression, modified = false): Expression {
  return { type: 'cast', operand, to: { name, array: false, modified } }
}

/** A query that is one SELECT and no more. */
export function plainQuery(body: Query['body']): Query {
  return { with: NO_WITH, body, order: [], ties: false, locks: [] }
}

/** `select * from …`. */
export function selectAll(from: Source): Select {
  return {
    type: 'select',
    distinct: 'none',
    targets: [{ name: '*', expression: { type: 'column', path: [], star: true } }],
    from: [from],
    group: [],
    windows: [],
  }
}
