"""What the tests know of the world that test/interop/launch.ts started: databases, people, gateways, trails."""

import json
import re
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from urllib.error import HTTPError

PANS = ("4111111111111111", "5555555555554444", "378282246310005")
MASKED = "411111******1111"


class World:
    def __init__(self, told):
        self.told = told
        self.root = told["root"]

    def control(self, path, **body):
        request = urllib.request.Request(
            f"{self.told['control']}/{path}",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except HTTPError as error:
            raise AssertionError(f"{path}: {error.read().decode()}") from None

    # The database as its owner sees it, past every gateway.

    def sql(self, text, *params):
        return self.control("sql", text=text, params=list(params))["rows"]

    def dispute(self, pan=0):
        """A disputed payment of its own for one test: the ids of dispute and payment."""
        [payment] = self.sql(
            "insert into payments (card_id, amount, status) values ($1, 120.50, 'settled') returning id", pan + 1
        )
        [dispute] = self.sql(
            "insert into disputes (payment_id, reason) values ($1, 'never bought that') returning id", payment["id"]
        )
        return dispute["id"], payment["id"]

    def status(self, payment):
        return self.sql("select status from payments where id = $1", payment)[0]["status"]

    def visits(self, dispute):
        return self.sql("select visits from disputes where id = $1", dispute)[0]["visits"]

    @contextmanager
    def lock(self, table, key):
        """Holds the row, so that a statement that writes it stays under way."""
        held = self.control("lock", table=table, key=key)["lock"]
        try:
            yield
        finally:
            self.control("unlock", lock=held)

    def wait_for_blocked(self, seconds=15):
        """Until some statement waits for a lock."""
        self.until(lambda: self.sql(BLOCKED)[0]["n"] > 0, seconds, "no statement waits for the lock")

    def wait_for_quiet(self, seconds=15):
        """Until no statement of a gateway is under way in the database."""
        self.until(lambda: self.sql(UNDER_WAY)[0]["n"] == 0, seconds, "statements are still under way")

    @staticmethod
    def until(condition, seconds, what):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, what
            time.sleep(0.05)

    # People and agents.

    def token(self, agent):
        return self.control("token", agent=agent)["token"]

    def answer(self, approval, decision="approved", reason="looked at it", person="dana"):
        """What a person does in the inbox, with a sign-in of their own."""
        return self.control("answer", id=approval, decision=decision, reason=reason, person=person)

    # Gateways: `ticket` (as delivered), `wait`, `result` (denials as results).

    def gateway(self, kind="ticket"):
        return self.control("gateway", kind=kind, action="start")["url"]

    def stop(self, kind):
        """Asks the process to end, as an operator does, and waits for it."""
        self.control("gateway", kind=kind, action="stop")

    def kill(self, kind):
        """kill -9."""
        self.control("gateway", kind=kind, action="kill")

    def log(self, kind):
        """All that the gateway printed, over all its lives."""
        return self.control("gateway", kind=kind, action="log")["text"]

    # The trail.

    def trail(self, kind="ticket", **conditions):
        """Statements on record: `cardea audit search --json` over the gateway's trail."""
        options = [part for name, value in conditions.items() for part in (f"--{name}", str(value))]
        return self.search(self.told["trails"][kind], *options)

    def search(self, directory, *options):
        command = [*self.told["cardea"], "audit", "search", directory, "--json", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


BLOCKED = "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock'"
UNDER_WAY = """select count(*)::int as n from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and usename = 'gateway' and state <> 'idle'"""


def has_pan(text):
    """Whether a card number of the database stands in the text, whatever separates its digits."""
    digits = re.sub(r"[^0-9]", "", str(text))
    return any(pan in digits or pan in str(text) for pan in PANS)
