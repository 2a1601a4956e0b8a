"""What SQLite itself says that statements read and write: its authorizer, asked while it compiles them.

Standard input: a JSON object {"schema": text, "statements": [text, ...]}. Standard output: one JSON line per
statement: {"error": text or null, "actions": [[action, first, second, database, inside], ...], "names": [...] or null}.
"""
import json
import sqlite3
import sys

ACTIONS = {
    sqlite3.SQLITE_READ: "read",
    sqlite3.SQLITE_UPDATE: "update",
    sqlite3.SQLITE_INSERT: "insert",
    sqlite3.SQLITE_DELETE: "delete",
    sqlite3.SQLITE_FUNCTION: "function",
}


def main():
    task = json.load(sys.stdin)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(task["schema"])
    actions = []

    def authorize(action, first, second, database, inside):
        known = ACTIONS.get(action)
        if known is not None:
            actions.append([known, first, second, database, inside])
        return sqlite3.SQLITE_OK

    connection.set_authorizer(authorize)
    for statement in task["statements"]:
        actions.clear()
        names = None
        error = None
        reads = statement.split(None, 1)[0].lower() in ("select", "values")
        try:
            cursor = connection.execute(statement if reads else "EXPLAIN " + statement)
            if reads:
                names = [column[0] for column in cursor.description]
            cursor.close()
        except sqlite3.Error as reason:
            error = str(reason)
        unique = [list(each) for each in {tuple(action) for action in actions}]
        print(json.dumps({"error": error, "actions": unique, "names": names}))


main()
