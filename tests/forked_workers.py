"""The processes beside servers (`app/web/worker.py`), forked from one that has the application
loaded: to start an interpreter that loads it takes three seconds of work, and most tests ask what
is done there, not how it begins. Those of the command start what a reader's server does.

Run as a program, this stands where such a process would: it hands its streams on to a fork, and one
ends with the other.
"""

import io
import os
import signal
import sys
from contextlib import suppress
from socket import AF_UNIX, create_server, recv_fds, send_fds, socket
from threading import Thread


def serve_forks(address: str) -> None:
    """Fork one for each who asks at `address`, which is a path."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # how one ended, the server hears by its streams
    with create_server(address, family=AF_UNIX) as listening:
        while True:
            asking, _ = listening.accept()
            with asking:
                streams = recv_fds(asking, 1, 3)[1]
                if os.fork() == 0:
                    _work(asking, streams)
                for stream in streams:
                    os.close(stream)


def _work(asking: socket, streams: list[int]) -> None:
    from anyio.to_process import process_worker

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0)  # noqa: SIM115
    sys.stdout = io.TextIOWrapper(open(1, "wb", buffering=0))  # noqa: SIM115
    Thread(target=_end_with, args=(asking,), daemon=True).start()
    try:
        process_worker()
    finally:
        os._exit(0)


def _end_with(asking: socket) -> None:
    with suppress(OSError):
        asking.recv(1)
    os._exit(1)


def _stand_in(address: str) -> None:
    with socket(AF_UNIX) as asking:
        asking.connect(address)
        send_fds(asking, [b"."], [0, 1, 2])
        os.close(0)
        os.close(1)
        asking.recv(1)


if __name__ == "__main__":
    _stand_in(sys.argv[1])
