"""What Python programs do with PyMySQL. Prints a line for each case: its name, a tab, and what came of it."""

import datetime
import decimal
import json
import sys
import warnings

import pymysql
from pymysql import cursors

warnings.simplefilter("ignore")
LOGIN = json.loads(sys.argv[1])
CASES = {}


def case(work):
    CASES[work.__name__.replace("_", " ")] = work
    return work


def every(connection, text, values=None, kind=cursors.Cursor):
    with connection.cursor(kind) as cursor:
        count = cursor.execute(text, values)
        return count, cursor.fetchall()


@case
def select(c):
    return every(c, "select * from things order by id")


@case
def values(c):
    put = (20, "ä'€\\%s", decimal.Decimal("1.25"), datetime.datetime(2024, 1, 2, 3, 4, 5, 678000), None, 1.5, True)
    every(c, "insert into things (id, name, price, made, data, real8, flag) values (%s, %s, %s, %s, %s, %s, %s)", put)
    c.commit()
    return every(c, "select * from things where id = %(id)s", {"id": 20})


@case
def values_of_bytes(c):
    every(c, "insert into things (id, raw) values (%s, %s)", (21, bytes(range(216, 256))))
    every(c, "insert into things (id, raw) values (%s, %s)", (22, b"\x00'\"\\\n\r\x1a\xff%_"))
    c.commit()
    return every(c, "select raw, hex(raw) from things where id in (21, 22) order by id")


@case
def many_rows(c):
    with c.cursor() as cursor:
        count = cursor.executemany("insert into things (id, name) values (%s, %s)", [(n, f"m {n}") for n in range(300, 350)])
    told = count, every(c, "select count(*), sum(id) from things where name like 'm %'")
    c.rollback()
    return told


@case
def dictionaries(c):
    return every(c, "select id, name from things where id < 3", kind=cursors.DictCursor)


@case
def unbuffered(c):
    with c.cursor(cursors.SSCursor) as cursor:
        cursor.execute("select seq, repeat('x', 100) from seq_1_to_3000")
        first, some = cursor.fetchone(), cursor.fetchmany(3)
        return first, some, sum(row[0] for row in cursor)


@case
def generated_keys(c):
    with c.cursor() as cursor:
        cursor.execute("insert into keyed (name) values ('one')")
        return cursor.lastrowid > 0, cursor.rowcount


@case
def transactions(c):
    c.begin()
    every(c, "update things set name = 'changed' where id = 1")
    inside = every(c, "select name from things where id = 1")
    c.rollback()
    return inside, every(c, "select name from things where id = 1")


@case
def savepoints(c):
    every(c, "savepoint here")
    every(c, "delete from things where id = 3")
    every(c, "rollback to savepoint here")
    return every(c, "select count(*) from things where id = 3")


@case
def autocommit(c):
    c.autocommit(True)
    return c.get_autocommit(), every(c, "select @@autocommit")


@case
def errors(c):
    told = []
    for text in ("select * from absent", "selec 1", "insert into things (id) values (1)", ""):
        try:
            every(c, text)
        except pymysql.Error as error:
            told.append((type(error).__name__, error.args))
    return told


@case
def show_warnings(c):
    every(c, "select 1 / 0")
    return c.show_warnings()


@case
def columns(c):
    with c.cursor() as cursor:
        cursor.execute("select * from things limit 1")
        return cursor.description


@case
def schema(c):
    return every(c, "show tables"), every(c, "describe things"), every(c, "show create table keyed")[1][0][0]


@case
def procedure_without_rows(c):
    with c.cursor() as cursor:
        return cursor.callproc("rename_thing", (1, "thing 1"))


@case
def procedure_with_rows(c):
    with c.cursor() as cursor:
        cursor.callproc("things_of", (2,))
        return cursor.fetchall()


@case
def ping_and_reconnect(c):
    c.ping()
    c.close()
    c.ping(reconnect=True)
    return every(c, "select 1")


@case
def select_the_database(c):
    c.select_db(LOGIN["database"])
    return every(c, "select database()")


@case
def another_character_set(c):
    c.set_character_set("latin1")
    return every(c, "select 'é'")


@case
def several_statements(_):
    connection = pymysql.connect(**LOGIN, client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS)
    return every(connection, "select 1; select 2")


@case
def local_files(_):
    connection = pymysql.connect(**LOGIN, local_infile=True)
    return every(connection, "load data local infile '/dev/null' into table keyed (name)")


@case
def long_values(c):
    return every(c, "select length(%s)", ("x" * 300_000,)), len(every(c, "select repeat('y', 20000000)")[1][0][0])


for name, work in CASES.items():
    connection = pymysql.connect(**LOGIN)
    try:
        told = f"passed\t{work(connection)!r}"
    except Exception as error:  # noqa: BLE001
        told = f"failed\t{type(error).__name__}: {error}"
    finally:
        if connection.open:
            connection.close()
    print(f"{name}\t{told}".replace("\n", " "))
