"""A model by script, and the gateway as AutoGen reaches it."""

import json

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import ToolCallExecutionEvent
from autogen_core import FunctionCall
from autogen_core.models import CreateResult, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient
from autogen_ext.tools.mcp import McpWorkbench, StreamableHttpServerParams

INFO = {
    "vision": False,
    "function_calling": True,
    "json_output": False,
    "structured_output": False,
    "family": "unknown",
}


def calls(*pairs):
    """One turn of the model: these tools with these arguments."""
    asked = [
        FunctionCall(id=f"call_{index}", name=name, arguments=json.dumps(arguments))
        for index, (name, arguments) in enumerate(pairs)
    ]
    return CreateResult(finish_reason="function_calls", content=asked, usage=RequestUsage(0, 0), cached=False)


class Script(ReplayChatCompletionClient):
    """Turns that may be made from what the model was told last."""

    def __init__(self, *turns):
        super().__init__(list(turns), model_info=INFO)

    async def create(self, messages, **rest):
        turn = self.chat_completions[self._current_index]
        if callable(turn):
            self.chat_completions[self._current_index] = turn(answers(messages[-1]))
        return await super().create(messages, **rest)

    def read(self):
        """All that the model was given, as text."""
        return repr(self.create_calls)


def answers(message):
    """What the tools said, in the order of the calls."""
    return [json.loads(result.content) for result in message.content]


def executions(result):
    """All results of tools in the messages of a run: (is_error, body)."""
    events = [message for message in result.messages if isinstance(message, ToolCallExecutionEvent)]
    return [(each.is_error, json.loads(each.content)) for event in events for each in event.content]


def workbench(url, token, timeout=20, **headers):
    return McpWorkbench(
        StreamableHttpServerParams(
            url=url, headers={"Authorization": f"Bearer {token}", **headers}, sse_read_timeout=timeout
        )
    )


def agent(name, model, tools, iterations=12):
    return AssistantAgent(name, model_client=model, workbench=tools, max_tool_iterations=iterations)


async def call(tools, name, **arguments):
    """One tool call past any model: (is_error, body)."""
    result = await tools.call_tool(name, arguments)
    text = result.to_text()
    try:
        return result.is_error, json.loads(text)
    except json.JSONDecodeError:
        return result.is_error, text
