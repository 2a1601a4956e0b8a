"""A stretch of network between a client and the gateway that can be cut."""

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

# To an MCP client: the session is over. Some then connect anew and send the call again.
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Cable:
    """Carries bytes both ways until told otherwise."""

    def __init__(self, target):
        parts = urlsplit(target)
        self.target = (parts.hostname, parts.port)
        self.url = None
        self.lose_answer = None
        self.instead = b""
        self.cuts = 0
        self.sent = b""
        self._open = set()

    def cut(self, instead=b""):
        """Breaks every connection that is open now; clients are told `instead`, if anything, before theirs ends."""
        self.cuts += 1
        for near, far in list(self._open):
            far.transport.abort()
            if instead:
                near.write(instead)
                near.close()
            else:
                near.transport.abort()

    async def _carry(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, far_writer)
        self._open.add(pair)
        flow = {"lost": False}
        try:
            await asyncio.gather(self._there(reader, far_writer, flow), self._back(far_reader, writer, flow))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(pair)
            far_writer.transport.abort()
            if not writer.is_closing():
                writer.transport.abort()

    async def _there(self, reader, writer, flow):
        while data := await reader.read(65536):
            self.sent += data
            if self.lose_answer is not None and self.lose_answer in data:
                self.lose_answer = None
                flow["lost"] = True
            writer.write(data)
            await writer.drain()
        writer.transport.abort()

    def times(self, text):
        """How often clients sent it."""
        return self.sent.count(text.encode())

    async def _back(self, reader, writer, flow):
        while data := await reader.read(65536):
            if writer.is_closing():
                return
            if flow["lost"]:
                # The gateway has answered; the client never hears of it.
                self.cuts += 1
                if self.instead:
                    writer.write(self.instead)
                    await writer.drain()
                    writer.close()
                else:
                    writer.transport.abort()
                return
            writer.write(data)
            await writer.drain()
        if not writer.is_closing():
            writer.transport.abort()


@asynccontextmanager
async def cable(target):
    """
    `lose_answer = b'…'`: the answer to the next request that holds these bytes is lost, once, and `instead`
    is what the client gets: nothing but a broken connection, or what a load balancer says that has lost its server.
    """
    made = Cable(target)
    server = await asyncio.start_server(made._carry, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        made.cut()
