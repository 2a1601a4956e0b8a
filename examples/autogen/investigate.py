"""Two AutoGen agents look into a disputed payment, through Cardea.

The gateway decides what they may do; nothing here is trusted to. The model is scripted, so that the example runs
without one: put a real client in the place of `Script`, and nothing else changes.
"""

import asyncio
import json
import os
import sys

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.ui import Console
from autogen_core import FunctionCall
from autogen_core.models import CreateResult, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient
from autogen_ext.tools.mcp import McpWorkbench, StreamableHttpServerParams

GATEWAY = os.environ.get("CARDEA_GATEWAY", "http://127.0.0.1:8443/mcp")
PAYMENT = int(os.environ.get("PAYMENT", "1"))
LOOK = "select p.id, p.amount, p.status, c.pan from payments p join cards c on c.id = p.card_id where p.id = $1"
REFUND = "update payments set status = 'refunded' where id = $1"


def tools(token):
    """Each agent has a token of its own: the audit trail names it, and an approval is bound to it."""
    headers = {"Authorization": f"Bearer {token}"}
    return McpWorkbench(StreamableHttpServerParams(url=GATEWAY, headers=headers, sse_read_timeout=30))


def call(name, **arguments):
    asked = FunctionCall(id=f"call_{name}", name=name, arguments=json.dumps(arguments))
    return CreateResult(finish_reason="function_calls", content=[asked], usage=RequestUsage(0, 0), cached=False)


class Script(ReplayChatCompletionClient):
    """A model by script; a turn may depend on what the last tool said."""

    def __init__(self, *turns):
        info = dict(vision=False, function_calling=True, json_output=False, structured_output=False, family="unknown")
        super().__init__(list(turns), model_info=info)

    async def create(self, messages, **rest):
        turn = self.chat_completions[self._current_index]
        if callable(turn):
            self.chat_completions[self._current_index] = turn(json.loads(messages[-1].content[0].content))
        return await super().create(messages, **rest)


def ask_a_person(told):
    """The call came back at once with a ticket. A person answers in their own time, with their own sign-in."""
    input(f"\nNow approve it: cardea approvals approve {told['approval_id']} --reason '…'; then press Enter. ")
    return call("approval_status", approval_id=told["approval_id"])


async def main():
    investigator = Script(
        call("query", sql=LOOK, params=[PAYMENT]),
        call("query", sql="select cvv from cards"),
        "The payment is disputed and was settled. Card codes I may not see. Please refund it.",
    )
    clerk = Script(
        call("execute", sql=REFUND, params=[PAYMENT], reason="the customer never bought that"),
        ask_a_person,
        "DONE",
    )
    async with tools(os.environ["INVESTIGATOR_TOKEN"]) as reading, tools(os.environ["CLERK_TOKEN"]) as writing:
        team = RoundRobinGroupChat(
            [
                AssistantAgent("investigator", investigator, workbench=reading, max_tool_iterations=4),
                AssistantAgent("clerk", clerk, workbench=writing, max_tool_iterations=4),
            ],
            termination_condition=TextMentionTermination("DONE", sources=["clerk"]),
        )
        await Console(team.run_stream(task=f"Look into payment {PAYMENT}."))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
