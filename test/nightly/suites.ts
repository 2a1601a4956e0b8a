import type { Suite } from './suite.js'
import { catalogReads } from './suites/catalog.js'
import { connectorPython, pymysqlBasic } from './suites/connector-python.js'
import { libpqPipeline, libpqPipelineLong } from './suites/libpq-pipeline.js'
import { mariadbClient } from './suites/mariadb-client.js'
import { mysqlJdbc } from './suites/mysql-jdbc.js'
import { pymysql, sqlalchemyMysql } from './suites/mysql-python.js'
import { mysql2 } from './suites/mysql2.js'
import { nodePostgres } from './suites/node-postgres.js'
import { pgRegress } from './suites/pg-regress.js'
import { pgbench } from './suites/pgbench.js'
import { pgjdbc } from './suites/pgjdbc.js'
import { prisma } from './suites/prisma.js'
import { psql } from './suites/psql.js'
import { asyncpg, asyncpgBasic, pg8000, psycopg, psycopg2, sqlalchemy } from './suites/python.js'
import { sysbench } from './suites/sysbench.js'

/** In the order in which they run: quick ones first. */
export const suites: readonly Suite[] = [
  psql,
  catalogReads,
  pgbench,
  libpqPipeline,
  asyncpgBasic,
  mariadbClient,
  connectorPython,
  pymysqlBasic,
  prisma,
  pg8000,
  psycopg,
  psycopg2,
  asyncpg,
  nodePostgres,
  libpqPipelineLong,
  pgjdbc,
  sqlalchemy,
  pgRegress,
  sysbench,
  mysqlJdbc,
  pymysql,
  mysql2,
  sqlalchemyMysql,
]
