/** What programs do with Prisma's client: `smoke.mjs <url>`. Each case a line: name, verdict, what was answered. */
import { PrismaPg } from '@prisma/adapter-pg'
import { Prisma, PrismaClient } from '@prisma/client'

const adapter = new PrismaPg({ connectionString: process.argv[2] })
const prisma = new PrismaClient({ adapter, errorFormat: 'minimal' })
const made = new Date('2024-05-06T07:08:09.123Z')
const one = {
  name: 'Zoë',
  email: 'zoe@example.org',
  made,
  balance: new Prisma.Decimal('12345678901234567890.123456789'),
  tags: ['a', 'b c', '{"}'],
  data: { deep: [1, null, { x: 'y' }] },
  photo: new Uint8Array([0, 255, 10]),
  big: 9007199254740993n,
  kind: 'GOLD',
}

const CASES = {
  create: () => prisma.customer.create({ data: one }),
  'unique violation': () =>
    prisma.customer.create({ data: one }).catch(error => [error.code, error.meta?.modelName]),
  'nested create': () =>
    prisma.customer.create({
      data: {
        name: 'Bo',
        email: 'bo@example.org',
        made,
        orders: { create: [{ amount: 1.5 }, { amount: 2.25 }] },
      },
      include: { orders: true },
    }),
  createMany: () =>
    prisma.order.createMany({
      data: Array.from({ length: 300 }, (_, n) => ({ customerId: 1, amount: n / 3 })),
    }),
  'find unique': () => prisma.customer.findUnique({ where: { email: 'zoe@example.org' } }),
  'find many with relation, filter, order, page': () =>
    prisma.customer.findMany({
      where: { OR: [{ name: { startsWith: 'Z' } }, { orders: { some: { amount: { gt: 1 } } } }] },
      include: { orders: { orderBy: { amount: 'desc' }, take: 3 } },
      orderBy: [{ name: 'desc' }],
    }),
  cursor: () => prisma.order.findMany({ cursor: { id: 10 }, take: 5, orderBy: { id: 'asc' } }),
  'json and array filters': () =>
    prisma.customer.findMany({ where: { tags: { has: 'b c' }, data: { path: ['deep', '0'], equals: 1 } } }),
  aggregate: () => prisma.order.aggregate({ _count: true, _max: { amount: true }, _avg: { amount: true } }),
  'group by': () =>
    prisma.order.groupBy({ by: ['customerId'], _count: true, orderBy: { customerId: 'asc' } }),
  update: () =>
    prisma.customer.update({ where: { id: 1 }, data: { balance: { increment: 1 }, tags: { push: 'z' } } }),
  updateMany: () =>
    prisma.order.updateMany({ where: { amount: { lt: 1 } }, data: { amount: { multiply: 10 } } }),
  upsert: () => prisma.customer.upsert({ where: { id: 1 }, create: one, update: { name: 'Zoe' } }),
  'raw query': () => prisma.$queryRaw`select id, name, big, made from "Customer" where id = ${1}`,
  'raw execute': () => prisma.$executeRaw`update "Customer" set name = ${'Raw'} where id = ${1}`,
  'batch transaction': () =>
    prisma.$transaction([
      prisma.order.count(),
      prisma.order.create({ data: { customerId: 1, amount: 7 } }),
      prisma.order.count(),
    ]),
  'interactive transaction': () =>
    prisma.$transaction(
      async tx => {
        await tx.customer.update({ where: { id: 1 }, data: { name: 'In' } })
        return tx.customer.findUnique({ where: { id: 1 }, select: { name: true } })
      },
      { isolationLevel: 'Serializable' },
    ),
  'transaction rolled back': async () => {
    const failed = await prisma
      .$transaction(async tx => {
        await tx.customer.update({ where: { id: 1 }, data: { name: 'Lost' } })
        throw new Error('no')
      })
      .catch(error => error.message)
    return [failed, await prisma.customer.findUnique({ where: { id: 1 }, select: { name: true } })]
  },
  'foreign key violation': () =>
    prisma.order.create({ data: { customerId: 999, amount: 1 } }).catch(error => error.code),
  'not found': () => prisma.customer.delete({ where: { id: 999 } }).catch(error => error.code),
  concurrent: async () => {
    const found = await Promise.all(
      Array.from({ length: 40 }, (_, n) => prisma.order.findUnique({ where: { id: n + 1 } })),
    )
    return found.map(order => order?.amount)
  },
  delete: () => prisma.order.deleteMany({ where: { customerId: 1 } }),
}

const print = (...parts) => process.stdout.write(`${parts.join('\t')}\n`)
const plain = (_, value) => (typeof value === 'bigint' ? `${value}n` : value)
for (const [name, run] of Object.entries(CASES)) {
  try {
    print(name, 'passed', JSON.stringify(await run(), plain))
  } catch (error) {
    print(name, 'failed', String(error.message).replace(/\s+/g, ' '))
  }
}
await prisma.$disconnect()
