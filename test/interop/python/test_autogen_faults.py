"""What AutoGen 0.7.5 sees of a gateway that goes away, and what the database does not."""

import asyncio
import time

from autogen_kit import Script, agent, call, calls, executions, workbench

REFUND = "update payments set status = 'refunded' where id = $1"
VISIT = "update disputes set visits = visits + 1 where id = {}"


async def test_10_a_restart_in_the_middle_of_a_run_costs_an_error_at_most(world):
    dispute, payment = world.dispute()
    url, token = world.gateway("faults"), world.token("payments-bot")

    def restart_then_poll(told):
        world.stop("faults")
        assert world.gateway("faults") == url
        world.answer(told[0]["approval_id"])
        return calls(("approval_status", {"approval_id": told[0]["approval_id"]}))

    def claim(told):
        if told[0]["status"] == "executed":
            return calls(("query", {"sql": "select 1 as one"}))
        # Another process does not hold the statement: it is sent again, under the approval.
        assert told[0]["status"] == "approved" and "execute" in told[0]["next"], told
        ticket = told[0].get("approval_id") or model.ticket
        return calls(("execute", {"sql": REFUND, "params": [payment], "approval_id": ticket}))

    def remember(told):
        model.ticket = told[0]["approval_id"]
        return restart_then_poll(told)

    model = Script(
        calls(("execute", {"sql": REFUND, "params": [payment]})),
        remember,
        claim,
        calls(("query", {"sql": "select status from payments where id = $1", "params": [payment]})),
        "Done.",
    )
    async with workbench(url, token, timeout=8) as tools:
        result = await agent("clerk", model, tools).run(task="Refund it.")
    told = executions(result)
    assert told[-1][1]["rows"] == [["refunded"]], told
    assert world.status(payment) == "refunded"


async def test_10_a_gateway_that_is_killed_in_a_write_leaves_no_write_and_no_hang(world):
    dispute, _ = world.dispute()
    url, token = world.gateway("faults"), world.token("payments-bot")
    async with workbench(url, token, timeout=5) as tools:
        with world.lock("disputes", dispute):
            began = time.monotonic()
            under_way = asyncio.create_task(call(tools, "execute", sql=VISIT.format(dispute)))
            await asyncio.to_thread(world.wait_for_blocked)
            await asyncio.to_thread(world.kill, "faults")
            error, _ = await under_way
            assert error and time.monotonic() - began < 20
        await asyncio.to_thread(world.wait_for_quiet)
        assert world.visits(dispute) == 0

        # The model tries the same again, against the process that took its place.
        assert await asyncio.to_thread(world.gateway, "faults") == url
    async with workbench(url, token, timeout=8) as tools:
        _, body = await call(tools, "execute", sql=VISIT.format(dispute))
        assert body["status"] in ("executed", "failed", "denied"), body
        expected = 1 if body["status"] == "executed" else 0
        if expected == 0:
            assert body["code"] in ("CARDEA_OUTCOME_UNKNOWN", "CARDEA_CALL_UNDERWAY"), body
    assert world.visits(dispute) == expected


async def test_10_a_gateway_that_is_not_there_is_an_error_and_not_a_hang(world):
    url, token = world.gateway("faults"), world.token("payments-bot")
    async with workbench(url, token, timeout=4) as tools:
        await asyncio.to_thread(world.kill, "faults")
        began = time.monotonic()
        error, _ = await call(tools, "query", sql="select 1 as one")
        assert error and time.monotonic() - began < 15
    await asyncio.to_thread(world.gateway, "faults")


async def test_10_a_write_whose_answer_is_lost_is_not_carried_out_again(world):
    from urllib.parse import urlsplit

    from cable import cable

    dispute, _ = world.dispute()
    url, token = world.gateway(), world.token("payments-bot")
    async with cable(url) as line:
        through = line.url + urlsplit(url).path
        async with workbench(through, token, timeout=4) as tools:
            with world.lock("disputes", dispute):
                lost = asyncio.create_task(call(tools, "execute", sql=VISIT.format(dispute)))
                await asyncio.to_thread(world.wait_for_blocked)
                line.cut()
                await asyncio.to_thread(world.wait_for_quiet)
            error, _ = await lost
            assert error
    assert world.visits(dispute) == 0
