"""examples/autogen/investigate.py does what its README says."""

import os
import re
import subprocess
import sys
import threading

from world import MASKED, has_pan


def test_example_investigate(world):
    _, payment = world.dispute()
    env = {
        "PATH": os.environ["PATH"],
        "CARDEA_GATEWAY": world.gateway(),
        "INVESTIGATOR_TOKEN": world.token("disputes-bot"),
        "CLERK_TOKEN": world.token("payments-bot"),
        "PAYMENT": str(payment),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, os.path.join(world.root, "examples", "autogen", "investigate.py")]
    run = subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    guard = threading.Timer(45, run.kill)
    guard.start()
    try:
        said = ""
        # The question ends without a line end.
        while (part := run.stdout.read(1)) and not (asked := re.search(r"approve (\w{26}) .*Enter\. $", said + part)):
            said += part
        assert asked, said
        assert world.status(payment) == "settled"
        assert world.answer(asked[1])["counted"] is True
        run.stdin.write("\n")
        run.stdin.close()
        said += run.stdout.read()
        assert run.wait() == 0, said
    finally:
        guard.cancel()
        run.kill()
    assert MASKED in said and not has_pan(said)
    assert "CARDEA_POLICY_DENIED" in said and "executed" in said
    assert world.status(payment) == "refunded"
