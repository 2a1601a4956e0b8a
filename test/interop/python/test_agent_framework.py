"""Microsoft Agent Framework: its own approvals, what its model reads, and the calls that it sends again."""

import asyncio
import json
from importlib.metadata import version
from urllib.parse import urlsplit

import pytest
from agent_framework import (
    Agent,
    AgentSession,
    BaseChatClient,
    ChatResponse,
    Content,
    FunctionInvocationLayer,
    MCPStreamableHTTPTool,
    Message,
)

from cable import NOT_FOUND, cable
from world import MASKED, has_pan

READ = "select p.id, c.pan from payments p join cards c on c.id = p.card_id where p.id = $1"
REFUND = "update payments set status = 'refunded' where id = $1"
VISIT = "update disputes set visits = visits + 1 where id = {}"


class Script(FunctionInvocationLayer, BaseChatClient):
    """A model whose turns are written down; it keeps what it was given."""

    def __init__(self, *turns):
        super().__init__()
        self.turns = list(turns)
        self.given = []

    def _inner_get_response(self, *, messages, stream, options, **rest):
        async def respond():
            self.given.append([message.to_dict() for message in messages])
            turn = self.turns.pop(0)
            contents = turn(self.answers(messages)) if callable(turn) else turn
            return ChatResponse(messages=[Message("assistant", contents)], response_id="scripted")

        return respond()

    @staticmethod
    def answers(messages):
        """What the last tools said, as the model reads it."""
        results = [each for each in messages[-1].contents if each.type == "function_result"]
        return [text_of(each.result) for each in results]

    def read(self):
        return json.dumps(self.given, default=str)

    def last(self):
        return json.dumps(self.given[-1][-1], default=str)


def text_of(result):
    parts = result if isinstance(result, list) else [result]
    return "\n".join(part if isinstance(part, str) else part.text for part in parts)


# The line that speaks through mcp 1.x sends a call again when it is told that its session is gone.
SENDS_AGAIN = int(version("mcp").split(".")[0]) < 2

COUNTER = iter(range(1_000_000))


def calls(*pairs):
    return [
        Content.from_function_call(f"call_{next(COUNTER)}", name, arguments=json.dumps(arguments))
        for name, arguments in pairs
    ]


def tools(url, token, **options):
    return MCPStreamableHTTPTool(
        "cardea",
        url,
        header_provider=lambda _: {"Authorization": f"Bearer {token}"},
        load_prompts=False,
        request_timeout=options.pop("request_timeout", 15),
        **options,
    )


async def test_13_reads_come_back_masked(world):
    _, payment = world.dispute()
    model = Script(calls(("query", {"sql": READ, "params": [payment]})), ["Seen."])
    async with tools(world.gateway(), world.token("disputes-bot")) as mcp:
        response = await Agent(model, tools=mcp).run("Look.")
    assert MASKED in model.read() and not has_pan(model.read()) and not has_pan(response.to_dict())


async def test_13_its_own_approval_is_not_ours(world):
    """A `yes` of the agent's host lets the call out; the gateway still asks an independent person."""
    _, payment = world.dispute()
    refund = REFUND.replace("$1", str(payment))
    session = AgentSession()
    model = Script(
        calls(("execute", {"sql": refund})),
        lambda told: calls(("approval_status", {"approval_id": json.loads(told[0])["approval_id"]})),
        ["Done."],
    )
    approval_mode = {"always_require_approval": ["execute"], "never_require_approval": ["approval_status"]}
    async with tools(world.gateway(), world.token("payments-bot"), approval_mode=approval_mode) as mcp:
        agent = Agent(model, tools=mcp)
        asked = await agent.run("Refund it.", session=session)
        [request] = asked.user_input_requests
        assert not world.trail(text=refund), "the call went out before the host's yes"
        yes = request.to_function_approval_response(True)
        await agent.run(Message("user", [yes]), session=session)
    read = model.read()
    assert "approval_required" in read and "pending" in read
    assert world.status(payment) == "settled" and world.trail(text=refund)


async def test_13_an_independent_person_approves_and_one_row_changes(world):
    _, payment = world.dispute()

    def approve(told):
        ticket = json.loads(told[0])["approval_id"]
        world.answer(ticket)
        return calls(("approval_status", {"approval_id": ticket}))

    model = Script(calls(("execute", {"sql": REFUND, "params": [payment]})), approve, ["Done."])
    async with tools(world.gateway(), world.token("payments-bot")) as mcp:
        await Agent(model, tools=mcp).run("Refund it.")
    assert "executed" in model.read() and world.status(payment) == "refunded"


async def test_13_a_denial_as_a_result_shows_its_reason_to_the_model(world):
    reasons = {}
    for kind in ("ticket", "result"):
        model = Script(
            calls(("query", {"sql": "select cvv from cards"})),
            lambda told, kind=kind: reasons.update({kind: told[0]}) or ["I may not."],
        )
        async with tools(world.gateway(kind), world.token("disputes-bot")) as mcp:
            await Agent(model, tools=mcp).run("Show me the codes.")
    # As an error it is hidden from the model, which is why the other way exists.
    assert "CARDEA_POLICY_DENIED" not in reasons["ticket"], reasons
    told = json.loads(reasons["result"])
    assert told["status"] == "denied" and told["code"] == "CARDEA_POLICY_DENIED" and told["reason"], reasons


async def through(world, line, url, model, request_timeout=6):
    async with tools(line.url + urlsplit(url).path, world.token("payments-bot"), request_timeout=request_timeout) as mcp:
        return await Agent(model, tools=mcp).run("Count the visit.")


@pytest.mark.parametrize("instead", [b"", NOT_FOUND], ids=["connection cut", "session lost"])
async def test_13_a_write_that_is_cut_off_never_happens_twice(world, instead):
    """A balancer loses the gateway in the middle of a call: it says nothing, or 404, and then the client sends again."""
    dispute, _ = world.dispute()
    url, visit = world.gateway(), VISIT.format(dispute)
    model = Script(calls(("execute", {"sql": visit})), ["Done."])
    async with cable(url) as line:
        with world.lock("disputes", dispute):
            run = asyncio.create_task(through(world, line, url, model))
            await asyncio.to_thread(world.wait_for_blocked)
            line.cut(instead)
            await asyncio.sleep(1)
        await asyncio.gather(run, return_exceptions=True)
        if instead:
            assert line.times(visit) == (2 if SENDS_AGAIN else 1)
    world.wait_for_quiet()
    executed = "executed" in model.last()
    assert world.visits(dispute) == (1 if executed else 0), model.last()


async def test_13_a_write_whose_answer_is_lost_happens_once(world):
    dispute, _ = world.dispute()
    url, visit = world.gateway(), VISIT.format(dispute)
    model = Script(calls(("execute", {"sql": visit})), ["Done."])
    async with cable(url) as line:
        line.lose_answer = visit.encode()
        await asyncio.gather(through(world, line, url, model), return_exceptions=True)
        assert line.cuts == 1
    world.wait_for_quiet()
    assert world.visits(dispute) == 1, model.last()


async def test_13_a_call_sent_again_after_a_lost_session_is_not_carried_out_twice(world):
    """The gateway's answer is lost behind a balancer that says 404; the client connects anew and sends again."""
    _, payment = world.dispute()
    refund = REFUND.replace("$1", str(payment))
    url = world.gateway()
    sent = []

    def approve(told):
        ticket = json.loads(told[0])["approval_id"]
        world.answer(ticket)
        line.lose_answer, line.instead = b'"approval_status"', NOT_FOUND
        return calls(("approval_status", {"approval_id": ticket}))

    model = Script(
        calls(("execute", {"sql": refund})),
        approve,
        lambda told: sent.append(told[0]) or ["Done."],
    )
    async with cable(url) as line:
        await through(world, line, url, model)
        assert line.cuts == 1 and line.times('"approval_status"') == (2 if SENDS_AGAIN else 1)
    assert world.status(payment) == "refunded"
    runs = world.trail(text=refund, status="released")
    assert len(runs) == 1, runs
    assert len(sent) == 1 and "executed" not in sent[0], sent
