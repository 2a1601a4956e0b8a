"""Reports in the words that .ci/interop prints, and hands the tests the world that it started."""

import asyncio
import inspect
import json
import logging
import os
import re

import pytest

from world import World, has_pan

COUNTS = {"passed": 0, "failed": 0}


@pytest.fixture(scope="session")
def world():
    return World(json.loads(os.environ["CARDEA_INTEROP"]))


class Kept(logging.Handler):
    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(f"{record.name} {record.getMessage()} {record.exc_text or ''}")


@pytest.fixture(autouse=True)
def client_logs():
    """Whatever the client writes to its logs, at their most talkative: AutoGen puts arguments and results there."""
    kept, root = Kept(), logging.getLogger()
    before = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield kept.lines
    root.removeHandler(kept)
    root.setLevel(before)
    assert not [line for line in kept.lines if has_pan(line)]


def pytest_configure(config):
    # Others parse every source file on their way, and Python 3.11 cannot always do that deep in a stack.
    config.option.tbstyle = "native"
    config.addinivalue_line("markers", "waiting(what): the part of Cardea that the test needs and that is not there yet")


def pytest_collection_modifyitems(config, items):
    """A test that waits is named in the report and is neither passed nor skipped."""
    waiting = [item for item in items if item.get_closest_marker("waiting")]
    for item in waiting:
        print(f"waiting: {item.name}: {item.get_closest_marker('waiting').args[0]}", flush=True)
    items[:] = [item for item in items if item not in waiting]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """No test may hang: what a client never gives up on is a failure here."""
    function = pyfuncitem.obj
    if inspect.iscoroutinefunction(function):
        limit = float(os.environ.get("CARDEA_INTEROP_LIMIT", "60"))

        async def limited(*args, **named):
            async with asyncio.timeout(limit):
                await function(*args, **named)

        pyfuncitem.obj = limited


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed:
        tell("ok", report)
    elif report.failed or report.skipped:
        tell("FAILED", report)


def pytest_collectreport(report):
    if report.failed:
        tell("FAILED", report)


def tell(verdict, report):
    COUNTS["passed" if verdict == "ok" else "failed"] += 1
    name = report.nodeid.split("::")[-1] or report.nodeid
    seconds = f" ({report.duration:.1f} s)" if hasattr(report, "duration") else ""
    print(f"{verdict:<8}{os.environ.get('CARDEA_INTEROP_CLIENT', 'client')}: {name}{seconds}", flush=True)
    if verdict != "ok":
        for line in own(str(report.longrepr).splitlines()):
            print(f"    {line}", flush=True)


def own(lines):
    """A traceback without the frames of the packages."""
    foreign = False
    for line in lines:
        # Exception groups draw a bar in front.
        text = re.sub(r"^ *\|", "", line)
        if text.startswith("  File "):
            foreign = "site-packages" in text or "/lib/python3" in text
        elif not text.startswith("    "):
            foreign = False
        if not foreign:
            yield line[:2000]


def pytest_sessionfinish():
    counts = os.environ.get("CARDEA_INTEROP_COUNTS")
    if counts:
        with open(counts, "a", encoding="utf-8") as file:
            file.write(f"{COUNTS['passed']} {COUNTS['failed']}\n")
