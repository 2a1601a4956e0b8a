"""Approvals as AutoGen 0.7.5 meets them: tickets, waits, and callers that give up."""

import asyncio
import time

from autogen_core import CancellationToken

from autogen_kit import call, workbench

REFUND = "update payments set status = 'refunded' where id = $1"


async def ask(tools, payment):
    error, body = await call(tools, "execute", sql=REFUND, params=[payment], reason="the customer is right")
    assert not error and body["status"] == "approval_required", body
    assert body["approval_id"] and body["expires_at"].endswith("Z") and "approval_status" in body["next"]
    return body["approval_id"]


async def test_03_an_approved_ticket_runs_once(world):
    _, payment = world.dispute()
    add = f"update payments set amount = amount + 1 where id = {payment}"
    url, token = world.gateway(), world.token("payments-bot")
    async with workbench(url, token) as tools:
        error, body = await call(tools, "execute", sql=add)
        assert not error and body["status"] == "approval_required", body
        ticket = body["approval_id"]
        assert (await call(tools, "approval_status", approval_id=ticket))[1]["status"] == "pending"
        assert world.answer(ticket)["counted"] is True
    # Another session of the same agent: AutoGen's older adapters make one for each call.
    async with workbench(url, token) as tools:
        both = await asyncio.gather(*[call(tools, "approval_status", approval_id=ticket) for _ in range(2)])
        assert "executed" in [body["status"] for _, body in both], both
        again = (await call(tools, "approval_status", approval_id=ticket))[1]
        assert again["status"] != "executed", again
    assert world.sql("select amount from payments where id = $1", payment) == [{"amount": "121.50"}]
    assert len(world.trail(text=add, status="released")) == 1


async def test_03_a_denied_ticket_runs_never_and_says_why(world):
    _, payment = world.dispute()
    async with workbench(world.gateway(), world.token("payments-bot")) as tools:
        ticket = await ask(tools, payment)
        world.answer(ticket, "denied", "call the customer first")
        _, body = await call(tools, "approval_status", approval_id=ticket)
        assert body["status"] == "denied" and "call the customer first" in str(body), body
    assert world.status(payment) == "settled"


async def test_03_a_ticket_that_nobody_answers_expires(world):
    _, payment = world.dispute()
    async with workbench(world.gateway(), world.token("payments-bot")) as tools:
        error, body = await call(
            tools, "execute", sql="insert into holds (payment_id, reason) values ($1, $2)", params=[payment, "dispute"]
        )
        assert not error and body["status"] == "approval_required", body
        ticket, end = body["approval_id"], time.monotonic() + 20
        while (await call(tools, "approval_status", approval_id=ticket))[1]["status"] == "pending":
            assert time.monotonic() < end
            await asyncio.sleep(0.3)
        _, last = await call(tools, "approval_status", approval_id=ticket)
        assert last["status"] in ("expired", "denied"), last
        assert "counted" not in world.answer(ticket) or world.answer(ticket)["counted"] is False
        _, late = await call(tools, "approval_status", approval_id=ticket)
        assert late["status"] == last["status"], late
    assert world.sql("select count(*)::int as n from holds where payment_id = $1", payment)[0]["n"] == 0


async def test_03_a_ticket_of_somebody_else_is_like_one_that_never_was(world):
    _, payment = world.dispute()
    url = world.gateway()
    async with workbench(url, world.token("payments-bot")) as tools:
        ticket = await ask(tools, payment)
    world.answer(ticket)
    async with workbench(url, world.token("disputes-bot")) as tools:
        foreign = (await call(tools, "approval_status", approval_id=ticket))[1]
        forged = (await call(tools, "approval_status", approval_id="01Q3DCBD00N106BEZ2EBKMGA9J"))[1]
        assert foreign == forged and foreign["status"] != "executed", (foreign, forged)
    assert world.status(payment) == "settled"


async def pending(world, payment):
    """The id of the request that waits for the payment."""
    found = world.control("pending", text=str(payment), person="dana")["ids"]
    return found[0] if found else None


async def started(world, payment, seconds=10):
    end = time.monotonic() + seconds
    while (ticket := await pending(world, payment)) is None:
        assert time.monotonic() < end, "nobody was asked"
        await asyncio.sleep(0.1)
    return ticket


async def test_04_an_approval_in_time_lets_a_waiting_call_go_on(world):
    _, payment = world.dispute()
    async with workbench(world.gateway("wait"), world.token("payments-bot")) as tools:
        waits = asyncio.create_task(call(tools, "execute", sql=f"{REFUND[:-2]}{payment}"))
        ticket = await started(world, payment)
        await asyncio.to_thread(world.answer, ticket)
        error, body = await waits
    assert not error and body["status"] == "executed", body
    assert world.status(payment) == "refunded"


async def test_04_an_approval_later_than_the_clients_timeout_changes_nothing_for_ever(world):
    _, payment = world.dispute()
    # The client gives up after 2 s and tells nobody; the gateway's budget is longer than that.
    async with workbench(world.gateway("wait"), world.token("payments-bot"), timeout=2) as tools:
        waits = asyncio.create_task(call(tools, "execute", sql=f"{REFUND[:-2]}{payment}"))
        ticket = await started(world, payment)
        error, words = await waits
        assert error and "Timed out" in str(words), words
        await asyncio.sleep(world.told["budget"] - 2 + 0.5)
        late = await asyncio.to_thread(world.answer, ticket)
        assert late.get("counted") is False, late
    await asyncio.sleep(1)
    world.wait_for_quiet()
    assert world.status(payment) == "settled"


async def test_05_a_call_that_is_cancelled_while_it_waits_changes_nothing(world):
    _, payment = world.dispute()
    cancel = CancellationToken()
    async with workbench(world.gateway("wait"), world.token("payments-bot"), timeout=30) as tools:
        waits = asyncio.create_task(
            tools.call_tool("execute", {"sql": f"{REFUND[:-2]}{payment}"}, cancellation_token=cancel)
        )
        ticket = await started(world, payment)
        try:
            cancel.cancel()
        except AttributeError:
            pass  # AutoGen 0.7.5 (its issue 8265): the token cannot cancel a call of a workbench, and it runs on.
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
    # The workbench is closed, and with it the connection: the wait is over for good.
    await asyncio.sleep(1)
    late = await asyncio.to_thread(world.answer, ticket)
    await asyncio.sleep(1)
    world.wait_for_quiet()
    assert world.status(payment) == "settled", late
