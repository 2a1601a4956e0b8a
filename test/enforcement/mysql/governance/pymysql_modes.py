"""PyMySQL in one of its ways of asking. Reads cases as JSON, prints what each was told: [error number, rows, message]."""

import json
import sys

import pymysql
import pymysql.cursors

CURSORS = {
    "plain": pymysql.cursors.Cursor,
    "unbuffered": pymysql.cursors.SSCursor,
    "dictionaries": pymysql.cursors.DictCursor,
}
port, cases = json.load(sys.stdin)
connection = pymysql.connect(
    host="127.0.0.1",
    port=port,
    user="bot",
    password="any",
    database="billing",
    autocommit=True,
    cursorclass=CURSORS[sys.argv[1]],
)


def told(text):
    try:
        with connection.cursor() as cursor:
            cursor.execute(text)
            return [0, len(cursor.fetchall()) if cursor.description else 0]
    except pymysql.MySQLError as error:
        return [error.args[0], 0, error.args[1]]


json.dump({case["id"]: told(case["text"]) for case in cases}, sys.stdout)
