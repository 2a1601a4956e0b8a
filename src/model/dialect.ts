/** The SQL dialect a statement is written in. MariaDB is `mysql`. */
export type Dialect = 'postgres' | 'mysql' | 'sqlite'
