/** Whether an event is one of OCSF 1.8.0, as far as Cardea uses it. */
import { isIP } from 'node:net'
import { CAPTIONS, CAPTIONS_BY_PLACE, CLASSES, type Members, OBJECTS } from './ocsf-facts.js'

type Json = Readonly<Record<string, unknown>>

/** One line for each thing that is wrong. */
export function flawsOf(event: Json): string[] {
  const uid = Number(event['class_uid'])
  const facts = CLASSES[uid]
  if (facts === undefined) return [`unknown class ${uid}`]
  const activity = Number(event['activity_id'])
  const caption = facts.activities[activity]
  const expected: readonly (readonly [string, unknown])[] = [
    ['class_name', facts.name],
    ['category_uid', facts.category[0]],
    ['category_name', facts.category[1]],
    ['type_uid', uid * 100 + activity],
    ['type_name', `${facts.name}: ${caption}`],
    ...(activity === 99 ? [] : [['activity_name', caption] as const]),
  ]
  return [
    ...(caption === undefined ? [`unknown activity ${activity}`] : []),
    ...expected.flatMap(([name, value]) => (event[name] === value ? [] : [`${name}: ${event[name]}`])),
    ...flawsIn(event, facts.members, String(uid)),
    ...missing(event, facts.atLeastOne, uid),
    ...(facts.exactlyOne !== undefined && facts.exactlyOne.filter(name => name in event).length !== 1
      ? ['not exactly one']
      : []),
  ]
}

function flawsIn(value: Json, members: Members, place: string): string[] {
  const required = Object.keys(members).filter(name => name.endsWith('!'))
  const absent = required.filter(name => value[name.slice(0, -1)] === undefined)
  return [
    ...absent.map(name => `${place}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, member]) => {
      const kind = members[name] ?? members[`${name}!`]
      if (kind === undefined) return [`${place}.${name} is unknown`]
      return [...flawsOfMember(member, kind, `${place}.${name}`), ...captionFlaws(value, name, place)]
    }),
  ]
}

function captionFlaws(value: Json, name: string, place: string): string[] {
  const id = value[`${name}_id`]
  if (id === undefined || id === 99 || name === 'activity') return []
  const captions = CAPTIONS_BY_PLACE[`${place}.${name}`] ?? CAPTIONS[name] ?? CAPTIONS_BY_PLACE[name]
  const caption = captions?.[Number(id)]
  return caption !== undefined && caption === value[name] ? [] : [`${place}.${name}: ${id} ${value[name]}`]
}

function flawsOfMember(value: unknown, kind: string, place: string): string[] {
  if (kind.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${place} is no list`]
    return value.flatMap(item => flawsOfMember(item, kind.slice(0, -2), place))
  }
  switch (kind) {
    case 'json':
      return []
    case 'text':
      return typeof value === 'string' ? [] : [`${place} is no text`]
    case 'int':
      return Number.isSafeInteger(value) ? [] : [`${place} is no integer`]
    case 'flag':
      return typeof value === 'boolean' ? [] : [`${place} is no flag`]
    case 'ip':
      return typeof value === 'string' && isIP(value) !== 0 && value.length <= 40
        ? []
        : [`${place} is no address`]
    case 'port':
      return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535
        ? []
        : [`${place} is no port`]
    default: {
      const object = OBJECTS[kind]
      if (object === undefined || typeof value !== 'object' || value === null)
        return [`${place} is no ${kind}`]
      return [
        ...flawsIn(value as Json, object.members, kind),
        ...missing(value as Json, object.atLeastOne, kind),
      ]
    }
  }
}

function missing(value: Json, atLeastOne: readonly string[] | undefined, place: string | number): string[] {
  return atLeastOne === undefined || atLeastOne.some(name => name in value)
    ? []
    : [`${place} lacks one of ${atLeastOne}`]
}
