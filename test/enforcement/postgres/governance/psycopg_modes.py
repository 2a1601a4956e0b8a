"""psycopg 3 in each of its ways of asking. Reads cases as JSON, prints what each was told: [SQLSTATE, rows]."""

import json
import logging
import sys

import psycopg

# It warns where a pipeline or a block was left by an error, which is what happens here.
logging.disable()
place, cases = json.load(sys.stdin)


def connect(**more):
    return psycopg.connect(place, autocommit=True, **more)


def told(run):
    try:
        return ["00000", run()]
    except psycopg.Error as error:
        return [error.sqlstate, 0, str(error).splitlines()[0]]


def rows_of(cursor):
    return len(cursor.fetchall()) if cursor.description else 0


def plain(connection, text):
    return rows_of(connection.execute(text))


def binary(connection, text):
    return rows_of(connection.cursor(binary=True).execute(text))


def prepared(connection, text):
    return rows_of(connection.execute(text, prepare=True))


def bound(connection, text):
    """With a value, so that it is bound at the server; the statement itself takes none."""
    return rows_of(connection.execute(text, ()))


def client_side(connection, text):
    return rows_of(psycopg.ClientCursor(connection).execute(text))


def server_cursor(connection, text):
    with connection.transaction(force_rollback=True):
        with connection.cursor("c") as cursor:
            cursor.execute(text)
            return len(cursor.fetchall())


def pipeline(connection, text):
    with connection.pipeline():
        cursor = connection.execute(text)
        after = connection.execute("select 1")
    assert after.fetchone() == (1,)
    return rows_of(cursor)


answers = {}
for way in (plain, binary, prepared, bound, client_side, pipeline, server_cursor):
    with connect() as connection:
        answers[way.__name__] = {
            case["id"]: told(lambda: way(connection, case["text"]))
            for case in cases
            if way is not server_cursor or case["text"].lower().lstrip().startswith("select")
        }
json.dump(answers, sys.stdout)
