"""The floor of a sweep: a bare epoll loop that asks the same question of the same machines and parses nothing."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Sequence


def ask_all(machines: Sequence[tuple[str, int]], request: bytes, *, concurrency: int = 1500) -> int:
    """Ask every machine once; give how many bytes came back."""
    poll = select.epoll()
    waiting = iter(machines)
    open_sockets: dict[int, socket.socket] = {}
    received = 0

    def open_next() -> bool:
        address = next(waiting, None)
        if address is None:
            return False
        sock = socket.socket()
        sock.setblocking(False)
        code = sock.connect_ex(address)
        if code not in (0, errno.EINPROGRESS):
            sock.close()
            return open_next()
        open_sockets[sock.fileno()] = sock
        poll.register(sock.fileno(), select.EPOLLOUT)
        return True

    for _ in range(concurrency):
        if not open_next():
            break
    while open_sockets:
        for number, events in poll.poll(5):
            sock = open_sockets[number]
            try:
                if events & select.EPOLLOUT:
                    sock.send(request)
                    poll.modify(number, select.EPOLLIN)
                    continue
                chunk = sock.recv(65536)
            except OSError:
                chunk = b""
            received += len(chunk)
            if not chunk or chunk.endswith(b"\0"):
                poll.unregister(number)
                sock.close()
                del open_sockets[number]
                open_next()
    return received
