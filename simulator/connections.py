"""Open connections, so that one can be dropped in the middle of an answer.

ASGI has no word for that; this protocol remembers the transport of each peer.
"""

from __future__ import annotations

import asyncio
import socket
import struct

from uvicorn.protocols.http.h11_impl import H11Protocol

_OPEN: dict[tuple[str, int], asyncio.Transport] = {}


class RememberedConnection(H11Protocol):
    """Uvicorn's HTTP/1.1 protocol, with its transport kept in reach while it is open."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        """Remember the transport under the peer's address."""
        super().connection_made(transport)
        if self.client is not None:
            _OPEN[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport."""
        if self.client is not None:
            _OPEN.pop(self.client, None)
        super().connection_lost(exc)


async def drop(client: tuple[str, int], *, reset: bool = False) -> None:
    """Close a peer's connection after what was already written; with `reset` by a TCP reset."""
    transport = _OPEN.get(client)
    if transport is not None:
        if reset:
            # Lingering for no time at all makes the kernel send RST instead of FIN (socket(7)).
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.close()
        while client in _OPEN:  # noqa: ASYNC110  the event is another module's
            await asyncio.sleep(0)
