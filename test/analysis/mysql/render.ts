/** Writes an expression of the relational form as SQL again, with every bracket, so that a server can be asked. */
import type { Expression } from '../../../src/analysis/relational.js'

const SIGNS: Readonly<Record<string, string>> = {
  '~~': 'like',
  '!~~': 'not like',
  '~': 'regexp',
  '!~': 'not regexp',
}

export function render(expression: Expression): string {
  switch (expression.type) {
    case 'constant':
      return typeof expression.value === 'string' ? `'${expression.value}'` : String(expression.value)
    case 'column':
      return expression.path.join('.')
    case 'parameter':
      return '?'
    case 'logic':
      return renderLogic(expression.operator, expression.operands.map(render))
    case 'null-test':
      return `(${render(expression.operand)} is ${expression.negated ? 'not ' : ''}null)`
    case 'truth-test':
      return `(${render(expression.operand)} is ${expression.test.replace('-', ' ')})`
    case 'cast':
      return `cast(${render(expression.operand)} as ${expression.to.name})`
    case 'case':
      return renderCase(expression)
    case 'operator':
      return renderOperator(expression)
    case 'call':
      return `${expression.name.name}(${expression.args.map(render).join(', ')})`
    case 'compose':
      return renderComposed(expression.form, expression.parts.map(render))
    default:
      throw new Error(`no way to write ${expression.type}`)
  }
}

function renderLogic(operator: string, operands: readonly string[]): string {
  return operator === 'not' ? `(not ${operands[0]})` : `(${operands.join(` ${operator} `)})`
}

function renderCase({ subject, arms, otherwise }: Extract<Expression, { type: 'case' }>): string {
  const when = arms.map(arm => ` when ${render(arm.when)} then ${render(arm.value)}`).join('')
  const head = subject === undefined ? '' : ` ${render(subject)}`
  return `(case${head}${when}${otherwise === undefined ? '' : ` else ${render(otherwise)}`} end)`
}

function renderOperator({ name, form, operands }: Extract<Expression, { type: 'operator' }>): string {
  const sign = SIGNS[name.name] ?? name.name
  const [first = '', second = '', third = ''] = operands.map(render)
  if (form === 'between') return `(${first} ${sign === '<' ? 'not ' : ''}between ${second} and ${third})`
  if (form === 'in')
    return `(${first} ${sign === '=' ? '' : 'not '}in (${operands.slice(1).map(render).join(', ')}))`
  if (form === 'distinct') return `(not (${first} <=> ${second}))`
  if (operands.length === 1) return `(${name.name} ${first})`
  return operands.length === 3
    ? `(${first} ${sign} ${second} escape ${third})`
    : `(${first} ${sign} ${second})`
}

function renderComposed(form: string, parts: readonly string[]): string {
  switch (form) {
    case 'collate':
      return `(binary ${parts[0]})`
    case 'interval':
      return `interval (${parts[0]}) day`
    case 'row':
      return `row(${parts.join(', ')})`
    case 'extreme':
      return `greatest(${parts.join(', ')})`
    default:
      return `${form}(${parts.join(', ')})`
  }
}
