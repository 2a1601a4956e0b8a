"""The other ways in: component JSON, HttpTool, a process on standard input and output, the wire."""

import json
import os
import subprocess
import time

import pytest
from autogen_core import CancellationToken
from autogen_core.tools import FunctionTool, Workbench
from autogen_ext.tools.http import HttpTool
from autogen_ext.tools.mcp import McpWorkbench, StdioServerParams

from autogen_kit import Script, agent, call, calls, executions
from world import MASKED, has_pan

READ = "select p.id, c.pan from payments p join cards c on c.id = p.card_id where p.id = $1"
REFUND = "update payments set status = 'refunded' where id = $1"


def component(world, kind, *options):
    """What `cardea autogen component` writes, with a real token where it puts a placeholder."""
    command = [*world.told["cardea"], "autogen", "component", "--kind", kind, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def with_token(text, token):
    """Puts the token where the placeholder stands, as the reader of docs/adapters.md does by hand."""
    assert "<token>" in text, text
    return json.loads(text.replace("<token>", token))


async def test_08_a_workbench_from_component_json_runs(world):
    _, payment = world.dispute()
    base = world.gateway().removesuffix("/mcp")
    written = with_token(component(world, "mcp", "--url", base), world.token("disputes-bot"))
    loaded = Workbench.load_component(written)
    assert isinstance(loaded, McpWorkbench)
    model = Script(calls(("query", {"sql": READ, "params": [payment]})), "Seen.")
    async with loaded as tools:
        result = await agent("investigator", model, tools).run(task="Look.")
    assert MASKED in str(executions(result)) and not has_pan(result.messages)
    assert loaded.dump_component().model_dump(exclude_none=True)["provider"] == written["provider"]


async def test_08_tools_from_component_json_run(world):
    _, payment = world.dispute()
    base = world.gateway().removesuffix("/mcp")
    written = with_token(component(world, "http", "--url", base), world.token("disputes-bot"))
    parts = written if isinstance(written, list) else [written]
    tools = {tool.name: tool for tool in map(HttpTool.load_component, parts)}
    text = await tools["query"].run_json({"sql": READ, "params": [str(payment)]}, CancellationToken())
    assert MASKED in text and not has_pan(text)


async def test_08_a_process_from_component_json_runs(world):
    told = world.told["stdio"]
    trail = os.path.join(told["directory"], f"component-{time.monotonic_ns()}")
    text = component(world, "stdio", "--", *told["args"], *told["token"], "--audit", trail)
    written = with_token(text, world.token("disputes-bot"))
    server = written["config"]["server_params"]
    # There is nothing to fetch Cardea from here: the same program, where it is built.
    assert (server["command"], server["args"][:2]) == ("npx", ["-y", "cardea"])
    server["command"], *before = world.told["cardea"]
    server["args"] = [*before, *server["args"][2:]]
    server["env"] |= {**told["env"], "PATH": os.environ["PATH"]}
    async with Workbench.load_component(written) as tools:
        error, body = await call(tools, "query", sql="select brand, pan from cards where id = 1")
    assert not error and body["rows"] == [["visa", MASKED]], body


def test_08_a_gallery_holds_components_that_load(world):
    base = world.gateway().removesuffix("/mcp")
    gallery = with_token(component(world, "gallery", "--url", base), world.token("disputes-bot"))
    loaded = [
        *map(HttpTool.load_component, gallery["components"]["tools"]),
        *map(Workbench.load_component, gallery["components"]["workbenches"]),
    ]
    assert {"query", "execute"} <= {each.name for each in loaded if isinstance(each, HttpTool)}
    assert any(isinstance(each, McpWorkbench) for each in loaded)


def http_tool(world, path, timeout=10.0, **properties):
    schema = {"type": "object", "properties": {"sql": {"type": "string"}, **properties}, "required": ["sql"]}
    host, port = world.gateway().removeprefix("http://").removesuffix("/mcp").split(":")
    return HttpTool(
        name=path,
        description="",
        scheme="http",
        host=host,
        port=int(port),
        path=f"/v1/{path}",
        method="POST",
        headers={"Authorization": f"Bearer {world.token('payments-bot')}"},
        json_schema=schema,
        return_type="text",
        timeout=timeout,
    )


async def test_09_http_tool_is_told_why_it_is_refused(world):
    text = await http_tool(world, "query").run_json({"sql": "select cvv from cards"}, CancellationToken())
    body = json.loads(text)
    assert body["status"] == "denied" and body["reason"] and body["retryable"] is False


async def test_09_http_tool_sends_null_for_what_is_left_out(world):
    _, payment = world.dispute()
    tool = http_tool(
        world,
        "query",
        params={"type": "array", "items": {"type": "string"}},
        max_rows={"type": "integer"},
    )
    text = await tool.run_json({"sql": f"select status from payments where id = {payment}"}, CancellationToken())
    assert json.loads(text)["rows"] == [["settled"]], text


async def test_09_http_tool_that_gives_up_changes_nothing(world):
    dispute, _ = world.dispute()
    tool = http_tool(world, "execute", timeout=1.5)
    with world.lock("disputes", dispute):
        with pytest.raises(BaseException) as gave_up:  # noqa: PT011 (httpx raises, without words)
            await tool.run_json(
                {"sql": f"update disputes set visits = visits + 1 where id = {dispute}"}, CancellationToken()
            )
        assert not has_pan(gave_up.value)
        # The gateway sees the closed socket and stops the statement at the server, lock or no lock.
        world.wait_for_quiet()
    assert world.visits(dispute) == 0


def stdio(world, name, *options, **env):
    """`cardea mcp` with a trail of its own."""
    told = world.told["stdio"]
    command, *args = world.told["cardea"]
    trail = os.path.join(told["directory"], f"{name}-{time.monotonic_ns()}")
    server = McpWorkbench(
        StdioServerParams(
            command=command,
            args=[*args, "mcp", *told["args"], "--audit", trail, *options],
            env={**told["env"], "PATH": os.environ["PATH"], **env},
            read_timeout_seconds=20,
        )
    )
    return server, trail


async def test_11_a_gateway_on_standard_input_and_output(world):
    _, payment = world.dispute()
    refund = REFUND.replace("$1", str(payment))

    def approve(told):
        world.answer(told[0]["approval_id"])
        return calls(("approval_status", {"approval_id": told[0]["approval_id"]}))

    model = Script(
        calls(("query", {"sql": READ, "params": [payment]}), ("query", {"sql": "select cvv from cards"})),
        calls(("execute", {"sql": refund})),
        approve,
        "Done.",
    )
    server, trail = stdio(world, "as", "--as", "disputes-bot")
    async with server as tools:
        result = await agent("investigator", model, tools).run(task="Look.")
    told = executions(result)
    assert [body["status"] for _, body in told] == ["ok", "denied", "approval_required", "executed"], told
    assert MASKED in str(told) and not has_pan(result.messages) and not has_pan(model.read())
    assert world.status(payment) == "refunded"
    assert len(world.search(trail, "--text", refund, "--status", "released")) == 1
    assert len(world.search(trail, "--decision", "deny")) == 1


async def test_11_a_token_says_who_asks_on_standard_input_and_output(world):
    server, trail = stdio(world, "token", *world.told["stdio"]["token"], CARDEA_TOKEN=world.token("payments-bot"))
    async with server as tools:
        error, body = await call(tools, "query", sql="select count(*) as n from payments")
    assert not error and body["status"] == "ok", body
    [found] = world.search(trail, "--text", "count(*) as n")
    assert found["statement"]["principal"]["subject"] == "payments-bot"
    assert found["statement"]["principal"]["issuer"] == world.told["issuer"]


async def test_11_a_gateway_that_cannot_start_says_so(world):
    """The client sees an error, not a hang, when the policy is not there."""
    command, *args = world.told["cardea"]
    broken = McpWorkbench(
        StdioServerParams(
            command=command,
            args=[*args, "mcp", "--policy", "/does/not/exist.yaml", "--database", "sqlite:/does/not/exist.db"],
            env={"PATH": os.environ["PATH"]},
            read_timeout_seconds=10,
        )
    )
    with pytest.raises(BaseException):  # noqa: B017, PT011 (an ExceptionGroup)
        await broken.start()
        await broken.list_tools()


async def test_12_the_same_statements_over_the_wire_get_the_same_decisions(world):
    """psycopg in a FunctionTool, as most AutoGen programs reach a database."""
    import psycopg

    dispute, payment = world.dispute()
    token = world.token("disputes-bot")
    url = world.gateway()
    statements = [
        READ.replace("$1", str(payment)),
        "select cvv from cards",
        "update payments set status = 'refunded'",
        "drop table payments",
    ]

    async def run_sql(sql: str) -> str:
        async with await psycopg.AsyncConnection.connect(
            **world.told["wire"], user="disputes-bot", password=token, autocommit=True
        ) as connection:
            try:
                cursor = await connection.execute(sql)
                return json.dumps({"status": "ok", "rows": await cursor.fetchall()})
            except psycopg.errors.InsufficientPrivilege as error:
                # A ticket for people to decide about is told in the detail, and what to do with it in the hint.
                asked = "ticket " in error.diag.message_detail and error.diag.message_hint is not None
                return json.dumps({"status": "approval_required" if asked else "denied", "reason": str(error)})

    model = Script(calls(*[("run_sql", {"sql": sql}) for sql in statements]), "Seen.")
    from autogen_agentchat.agents import AssistantAgent

    tool = FunctionTool(run_sql, "Runs one SQL statement.")
    result = await AssistantAgent("reader", model_client=model, tools=[tool], max_tool_iterations=4).run(task="Look.")
    wire = [json.loads(each.content) for m in result.messages if m.type == "ToolCallExecutionEvent" for each in m.content]

    from autogen_kit import workbench

    async with workbench(url, token) as tools:
        doors = ["query", "query", "execute", "execute"]
        mcp = [(await call(tools, door, sql=sql))[1] for door, sql in zip(doors, statements, strict=True)]
    assert [body["status"] for body in wire] == [body["status"] for body in mcp]
    assert {"ok", "denied"} <= {body["status"] for body in wire}
    assert wire[0]["rows"] == mcp[0]["rows"]
    assert MASKED in str(wire[0]["rows"])
    assert all(body["reason"] in wire[index]["reason"] for index, body in enumerate(mcp) if body["status"] == "denied")
    assert not has_pan(result.messages)
