"""Stock AutoGen 0.7.5 teams over McpWorkbench and streamable HTTP."""

from autogen_agentchat.conditions import TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat

from autogen_kit import Script, agent, calls, executions, workbench
from world import MASKED, has_pan

READ = """select p.id, p.amount, p.status, c.pan from payments p join cards c on c.id = p.card_id where p.id = $1"""


async def test_01_a_team_investigates_a_disputed_payment_and_updates_one_row(world):
    dispute, payment = world.dispute()
    before = world.sql("select count(*)::int as n from payments where status = 'refunded'")[0]["n"]
    refund = "update payments set status = 'refunded' where id = $1"

    investigator = Script(
        calls(("list_tables", {}), ("describe_table", {"table": "cards"})),
        calls(("query", {"sql": READ, "params": [payment]}), ("query", {"sql": "select cvv from cards"})),
        "The payment is real and disputed; refund it. HAND OVER",
    )

    def approve_then_poll(told):
        assert world.status(payment) == "settled"
        world.answer(told[0]["approval_id"], reason="the customer is right")
        return calls(("approval_status", {"approval_id": told[0]["approval_id"]}))

    clerk = Script(
        calls(("execute", {"sql": "update payments set status = 'refunded'"})),
        calls(("execute", {"sql": refund, "params": [payment], "reason": f"dispute {dispute}"})),
        lambda told: calls(("approval_status", {"approval_id": told[0]["approval_id"]})),
        approve_then_poll,
        calls(("query", {"sql": "select status from payments where id = $1", "params": [payment]})),
        "Refunded. DONE",
    )

    url = world.gateway()
    async with (
        workbench(url, world.token("disputes-bot")) as reading,
        workbench(url, world.token("payments-bot")) as writing,
    ):
        team = RoundRobinGroupChat(
            [agent("investigator", investigator, reading), agent("clerk", clerk, writing)],
            termination_condition=TextMentionTermination("DONE", sources=["clerk"]),
            max_turns=4,
        )
        result = await team.run(task=f"Look into dispute {dispute}.")

    told = executions(result)
    assert [body["status"] for _, body in told] == [
        *("ok", "ok", "ok", "denied"),
        *("denied", "approval_required", "pending", "executed", "ok"),
    ]
    assert MASKED in str(result.messages) and MASKED in investigator.read()
    for everything in (result.messages, investigator.read(), clerk.read()):
        assert not has_pan(everything)
    assert world.status(payment) == "refunded"
    assert world.sql("select count(*)::int as n from payments where status = 'refunded'")[0]["n"] == before + 1


async def test_02_a_refusal_reaches_the_model_with_its_reason(world):
    _, payment = world.dispute()
    model = Script(
        calls(("query", {"sql": "select cvv from cards"}), ("execute", {"sql": "drop table payments"})),
        calls(("query", {"sql": f"delete from payments where id = {payment}"})),
        "I may not.",
    )
    async with workbench(world.gateway(), world.token("disputes-bot")) as tools:
        result = await agent("investigator", model, tools).run(task="Drop it all.")
    told = executions(result)
    assert all(error for error, _ in told)
    for _, body in told[:2]:
        assert body["status"] == "denied" and body["code"] == "CARDEA_POLICY_DENIED", body
        assert body["rule"] and body["reason"] and body["decision_id"] and body["retryable"] is False
    assert told[2][1]["status"] in ("denied", "invalid") and "execute" in str(told[2][1])
    assert world.status(payment) == "settled"
    assert all(body.get("reason", "") in model.read() for _, body in told)


async def test_06_two_agents_with_two_tokens_are_two_principals_on_record(world):
    marks = {"disputes-bot": world.dispute()[1], "payments-bot": world.dispute()[1]}
    url = world.gateway()
    for name, payment in marks.items():
        model = Script(calls(("query", {"sql": f"select status from payments where id = {payment}"})), "Seen.")
        # What an agent says of itself is no proof of who it is.
        async with workbench(url, world.token(name), **{"X-Agent-Id": "somebody-else"}) as tools:
            result = await agent("reader", model, tools).run(task="Look.")
        assert executions(result)[0][1]["status"] == "ok"
    for name, payment in marks.items():
        [found] = world.trail(text=f"where id = {payment}")
        asked = found["statement"]["principal"]
        assert asked["subject"] == name, found
        assert asked["kind"] == "agent" and asked["issuer"] == world.told["issuer"]


async def test_06_a_token_that_proves_nothing_opens_nothing(world):
    for token in ("forged", world.token("disputes-bot")[:-2]):
        try:
            async with workbench(world.gateway(), token, timeout=8) as tools:
                listed = await tools.list_tools()
        except BaseException as error:  # noqa: BLE001 (AutoGen raises an ExceptionGroup)
            assert token not in repr(error)
        else:
            raise AssertionError(f"was let in: {listed}")


async def test_07_calls_of_one_turn_run_side_by_side_and_each_gets_its_answer(world, client_logs):
    payments = [world.dispute(index % 3)[1] for index in range(6)]
    model = Script(
        calls(*[("query", {"sql": READ, "params": [payment]}) for payment in payments]),
        "Seen them all.",
    )
    async with workbench(world.gateway(), world.token("disputes-bot")) as tools:
        result = await agent("investigator", model, tools).run(task="Look at all of them.")
    told = executions(result)
    assert [body["rows"][0][0] for _, body in told] == payments
    assert not has_pan(result.messages) and not has_pan(model.read())
    # The logs are looked at after every test; they do hold what the tools said.
    assert any(MASKED in line for line in client_logs)
