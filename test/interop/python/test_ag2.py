"""AG2, which speaks through mcp 2.x: the 2025 handshake as delivered, 2026-07-28 with `protocol_mode="auto"`."""

import json

import pytest
from ag2 import Agent
from ag2.events import ToolCallEvent
from ag2.testing import TestConfig, TrackingConfig
from ag2.tools.toolkits import MCPServerConfig, MCPToolkit
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from world import MASKED, has_pan

READ = "select p.id, c.pan from payments p join cards c on c.id = p.card_id where p.id = $1"
REFUND = "update payments set status = 'refunded' where id = $1"

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])


def call(name, **arguments):
    return ToolCallEvent(name=name, arguments=json.dumps(arguments))


def told(model):
    """All that the tools told the model."""
    events = [given.args[0] for given in model.mock.call_args_list]
    results = [result for event in events for result in getattr(event, "results", [])]
    return "\n".join(part.content for result in results for part in result.result.parts)


def toolkit(url, token, mode):
    return MCPToolkit(MCPServerConfig(server_url=url, authorization_token=token, protocol_mode=mode))


@ERAS
async def test_14_an_agent_reads_masked_rows(world, mode):
    _, payment = world.dispute()
    model = TrackingConfig(TestConfig(call("query", sql=READ, params=[payment]), "Seen."))
    agent = Agent("investigator", config=model, tools=[toolkit(world.gateway(), world.token("disputes-bot"), mode)])
    await agent.ask("Look.")
    given = told(model)
    assert MASKED in given and not has_pan(given)


@ERAS
async def test_14_a_denial_reaches_the_model_with_its_reason(world, mode):
    model = TrackingConfig(TestConfig(call("query", sql="select cvv from cards"), "I may not.", raise_tool_errors=False))
    agent = Agent("investigator", config=model, tools=[toolkit(world.gateway(), world.token("disputes-bot"), mode)])
    await agent.ask("Look.")
    given = told(model)
    assert "CARDEA_POLICY_DENIED" in given, given


@ERAS
async def test_14_a_ticket_outlives_the_session_of_its_call(world, mode):
    """AG2 makes a session for each call: what a ticket belongs to cannot be the session."""
    _, payment = world.dispute()
    url, token = world.gateway(), world.token("payments-bot")
    first = TrackingConfig(TestConfig(call("execute", sql=REFUND, params=[payment]), "Asked."))
    await Agent("clerk", config=first, tools=[toolkit(url, token, mode)]).ask("Refund it.")
    given = told(first)
    ticket = json.loads(given)["approval_id"]
    assert world.answer(ticket)["counted"] is True, given
    second = TrackingConfig(TestConfig(call("approval_status", approval_id=ticket), "Done."))
    await Agent("clerk", config=second, tools=[toolkit(url, token, mode)]).ask("And?")
    assert "executed" in told(second)
    assert world.status(payment) == "refunded"


async def test_14_mcp_2_speaks_2026_07_28(world):
    import httpx2

    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {world.token('disputes-bot')}"}) as http:
        async with Client(streamable_http_client(world.gateway(), http_client=http), mode="auto") as client:
            assert client.protocol_version == "2026-07-28", client.protocol_version
            listed = await client.list_tools()
            assert {"query", "execute", "approval_status"} <= {tool.name for tool in listed.tools}
            assert listed.next_cursor is None
            result = await client.call_tool("query", {"sql": "select 1 as one"})
            assert json.loads(result.content[0].text)["rows"] == [[1]] and not result.structured_content
