"""What Python programs do with MySQL Connector/Python. Prints a line for each case: its name, a tab, and what came of it."""

import datetime
import decimal
import json
import sys

import mysql.connector
from mysql.connector import pooling

LOGIN = json.loads(sys.argv[1])
CASES = {}


def case(work):
    CASES[work.__name__.replace("_", " ")] = work
    return work


def every(connection, text, values=(), **options):
    cursor = connection.cursor(**options)
    cursor.execute(text, values)
    rows = cursor.fetchall() if cursor.with_rows else None
    cursor.close()
    return rows


@case
def select(c):
    return every(c, "select id, name, price from things order by id")


@case
def types(c):
    return every(c, "select * from things where id = 1")


@case
def prepared(c):
    cursor = c.cursor(prepared=True)
    rows = []
    for number in (1, 2, 3, 1):
        cursor.execute("select id, name, price, big, made, day, data, raw, real8 from things where id = %s", (number,))
        rows += cursor.fetchall()
    return rows


@case
def prepared_values(c):
    cursor = c.cursor(prepared=True)
    values = (10, "ä'€\\", decimal.Decimal("1.25"), datetime.datetime(2024, 1, 2, 3, 4, 5, 678000), b"\x00\xff'", None, 1.5)
    cursor.execute("insert into things (id, name, price, made, raw, data, real8) values (%s, %s, %s, %s, %s, %s, %s)", values)
    c.commit()
    return every(c, "select * from things where id = 10"), cursor.rowcount


@case
def values_in_texts(c):
    values = (11, "ä'€\\", decimal.Decimal("1.25"), datetime.datetime(2024, 1, 2, 3, 4, 5), datetime.date(2024, 2, 29), None)
    every(c, "insert into things (id, name, price, made, day, data) values (%s, %s, %s, %s, %s, %s)", values)
    c.commit()
    return every(c, "select * from things where id = 11")


@case
def bytes_in_texts(c):
    every(c, "insert into things (id, raw) values (%s, %s)", (12, b"\x00\xff\xfe'\\\x80"))
    c.commit()
    return every(c, "select hex(raw) from things where id = 12")


@case
def named_values(c):
    return every(c, "select %(a)s + 1, %(b)s", {"a": 3, "b": "x"})


@case
def dictionaries(c):
    return every(c, "select id, name from things where id < 3", dictionary=True)


@case
def buffered_and_raw(c):
    return every(c, "select 1, 'a'", buffered=True), every(c, "select 1, 'a'", raw=True)


@case
def many_rows(c):
    cursor = c.cursor()
    cursor.executemany("insert into things (id, name) values (%s, %s)", [(n, f"many {n}") for n in range(100, 150)])
    count = cursor.rowcount
    rows = every(c, "select count(*), sum(id) from things where name like 'many%'")
    c.rollback()
    return count, rows, every(c, "select count(*) from things where name like 'many%'")


@case
def fetch_in_pieces(c):
    cursor = c.cursor()
    cursor.execute("select seq from seq_1_to_2000")
    first, some = cursor.fetchone(), cursor.fetchmany(3)
    return first, some, len(cursor.fetchall())


@case
def generated_keys(c):
    cursor = c.cursor()
    cursor.execute("insert into keyed (name) values ('one')")
    return cursor.lastrowid > 0, cursor.rowcount


@case
def transactions(c):
    c.start_transaction(isolation_level="READ COMMITTED")
    every(c, "update things set name = 'changed' where id = 1")
    inside = every(c, "select name from things where id = 1"), c.in_transaction
    c.rollback()
    return inside, every(c, "select name from things where id = 1"), c.in_transaction


@case
def autocommit(c):
    c.autocommit = True
    return c.autocommit, every(c, "select @@autocommit")


@case
def errors(c):
    told = []
    for text in ("select * from absent", "selec 1", "insert into things (id) values (1)", "select 1 from"):
        try:
            every(c, text)
        except mysql.connector.Error as error:
            told.append((type(error).__name__, error.errno, error.sqlstate, error.msg))
    return told


@case
def warnings(c):
    c.get_warnings = True
    cursor = c.cursor()
    cursor.execute("select 1 / 0")
    return cursor.fetchall(), cursor.warnings


@case
def columns(c):
    cursor = c.cursor()
    cursor.execute("select * from things limit 1")
    cursor.fetchall()
    return cursor.description


@case
def procedure_without_rows(c):
    return c.cursor().callproc("rename_thing", (1, "thing 1"))


@case
def procedure_with_rows(c):
    cursor = c.cursor()
    cursor.callproc("things_of", (2,))
    return [result.fetchall() for result in cursor.stored_results()]


@case
def ping(c):
    c.ping(reconnect=True, attempts=2)
    return c.is_connected()


@case
def reset_session(c):
    every(c, "set @a = 5")
    c.reset_session()
    return every(c, "select @a")


@case
def change_user(c):
    every(c, "set @a = 5")
    c.cmd_change_user(LOGIN["user"], LOGIN["password"], LOGIN["database"])
    return every(c, "select @a")


@case
def reconnect(c):
    c.close()
    c.reconnect()
    return every(c, "select 1")


@case
def time_zone(c):
    c.time_zone = "+09:00"
    return c.time_zone, every(c, "select from_unixtime(0)")


@case
def statistics(c):
    return sorted(c.cmd_statistics())


@case
def pool(_):
    connections = pooling.MySQLConnectionPool(pool_name="smoke", pool_size=2, **LOGIN)
    told = []
    for _ in range(5):
        connection = connections.get_connection()
        told += every(connection, "select @a")
        every(connection, "set @a = 1")
        connection.close()
    return told


@case
def long_values(c):
    return every(c, "select length(%s)", ("x" * 300_000,)), every(c, "select repeat('y', 100000)")[0][0][-3:]


for name, work in CASES.items():
    connection = mysql.connector.connect(**LOGIN)
    try:
        told = f"passed\t{work(connection)!r}"
    except Exception as error:  # noqa: BLE001
        told = f"failed\t{type(error).__name__}: {error}"
    finally:
        connection.close()
    print(f"{name}\t{told}".replace("\n", " "))
