"""A server that is written to by three at once, and killed."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from random import Random
from socket import create_server
from typing import Literal, TypeAlias
from uuid import uuid4

import uvicorn
from fastapi.testclient import TestClient
from sqlmodel import Session, col, func, select, true

from app.main import create_app
from app.models import Attachment, Claim, Evidence, Note, Paper, PaperAuthor, PaperTag
from app.settings import Settings
from app.startup import open_library
from tests.comparison.conftest import arrange_comparison
from tests.hammer.agreement import disagreements
from tests.hammer.processes import Acknowledge, Process
from tests.hammer.tally import Place, Tally

LIVES = 20  # kills of one library
MOST = 10  # writes that it acknowledges before it is killed; at 0, it is killed while it starts
LATER = 0.03  # seconds, at most, after the last of them
PATIENCE = 30.0  # seconds until it is killed whatever it has done
CLIENTS = 3
CELL = "/api/v1/comparisons/vqa-sql/cells/gated/dk-t4"
Kind: TypeAlias = Literal["note", "paper", "claim", "picture"]
Key: TypeAlias = tuple[Kind, str]
Texts: TypeAlias = dict[Key, str | None]  # the word that each was last given; None: not there

TEXT = {"note": "body", "paper": "abstract", "claim": "rationale"}


@dataclass
class Client:
    """`saved` is what it was told is saved, `asked` what it was not told yet."""

    port: int
    random: Random
    saved: Texts
    asked: tuple[Key, str | None] | None = None
    acknowledged: int = field(default=0)

    def write(self) -> None:
        """Save one thing after the other, until nobody answers any more."""
        server = HTTPConnection("127.0.0.1", self.port, timeout=30)
        with suppress(OSError, HTTPException), closing(server):
            while True:
                self._save(server)

    def _save(self, server: HTTPConnection) -> None:
        kind: Kind = self.random.choice(("note", "note", "paper", "claim", "picture"))
        own = [key for key, text in self.saved.items() if key[0] == kind and text is not None]
        notes = [int(name) for of, name in self.saved if of == "note"]
        if kind == "picture":
            self._store_picture(server)
        elif kind == "claim" and len(notes) < 2:
            return
        elif not own or self.random.random() < 0.5:
            self._create(server, kind, notes[-2:])
        elif kind != "note" and self.random.random() < 0.2:  # a note may be evidence
            self._ask(self.random.choice(own), None)
            assert self.asked
            _send(server, "DELETE", f"/api/v1/{kind}s/{self.asked[0][1]}")
        else:
            self._ask(self.random.choice(own), word := uuid4().hex)
            assert self.asked
            _send(server, "PATCH", f"/api/v1/{kind}s/{self.asked[0][1]}", {TEXT[kind]: word})
        assert self.asked
        self.saved[self.asked[0]] = self.asked[1]
        self.asked = None
        self.acknowledged += 1

    def _ask(self, key: Key, word: str | None) -> None:
        self.asked = key, word

    def _create(self, server: HTTPConnection, kind: Kind, notes: list[int]) -> None:
        word = uuid4().hex
        address = {"note": "/api/v1/notes", "paper": "/api/v1/papers", "claim": f"{CELL}/claims"}
        given: dict[str, dict[str, object]] = {
            "note": {"title": word},
            "paper": {"title": word, "authors": ["Lamp, Ada", word], "tags": [word], "force": True},
            "claim": {
                "stance": "partial",
                "confidence": "low",
                "source": "literature",
                "evidence": [{"note": number} for number in notes],
            },
        }
        answer = _send(server, "POST", address[kind], {**given[kind], TEXT[kind]: word})
        self._ask((kind, str(answer["citekey" if kind == "paper" else "id"])), word)

    def _store_picture(self, server: HTTPConnection) -> None:
        data = b"\x89PNG\r\n\x1a\n" + uuid4().bytes
        head = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
        self._ask(("picture", sha256(data).hexdigest()), "")
        _send(server, "POST", "/attachments", head + data + b"\r\n--x--\r\n")


def _send(
    server: HTTPConnection, method: str, address: str, given: dict[str, object] | bytes = b""
) -> dict[str, object]:
    """What is answered; a refusal is a fault of the hammer's."""
    if isinstance(given, bytes):
        kind, body = "multipart/form-data; boundary=x", given
    else:
        kind, body = "application/json", json.dumps(given).encode()
    server.request(method, address, body, {"Content-Type": kind})
    answer = server.getresponse()
    text = answer.read()
    assert answer.status < 400, (method, address, given, answer.status, text)
    said: dict[str, object] = json.loads(text) if text else {}
    return said


def hammer(place: Place, tally: Tally) -> None:
    """Kill it at moments from its start on, until `tally` has enough."""
    while tally.goes_on:
        settings = place.restored()
        with closing(open_library(settings)) as database, database.write() as session:
            arrange_comparison(session)
        if not tally.kills:
            _rehearse(settings)
        saved: list[Texts] = [{} for _ in range(CLIENTS)]
        for _ in range(LIVES):
            if tally.goes_on:
                _live_and_die(settings, tally, saved)


def _live_and_die(settings: Settings, tally: Tally, saved: list[Texts]) -> None:
    with create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        clients = [Client(port, Random(tally.random.random()), held) for held in saved]

        def serve(_acknowledge: Acknowledge) -> None:
            config = uvicorn.Config(create_app(settings), log_level="error")
            uvicorn.Server(config).run(sockets=[listening])

        server = Process(serve)
    with ThreadPoolExecutor(CLIENTS) as threads:
        writing = [threads.submit(each.write) for each in clients]
        _wait_for(clients, tally.random.randint(0, MOST))
        time.sleep(tally.random.uniform(0, LATER))
        tally.count(server.kill())
    for each in writing:
        each.result()
    tally.acknowledged += sum(each.acknowledged for each in clients)
    with closing(open_library(settings)) as database:
        with database.read() as session:
            for client in clients:
                tally.lost += _lost(session, client)
            tally.halves += _halves(session)
        tally.faults += disagreements(database, settings.library)


def _rehearse(settings: Settings) -> None:
    """Have all that a server needs in memory before it is forked."""
    with TestClient(create_app(settings)) as client:
        for title in "ab":
            client.post("/api/v1/notes", json={"title": title, "body": "a"})
        client.patch("/api/v1/notes/1", json={"body": "b"})
        given = {"title": "a", "authors": ["Lamp, Ada", "b"], "tags": ["a"], "force": True}
        client.post("/api/v1/papers", json=given)


def _wait_for(clients: list[Client], writes: int) -> None:
    until = time.monotonic() + PATIENCE
    while sum(each.acknowledged for each in clients) < writes and time.monotonic() < until:
        time.sleep(0.002)


def _lost(session: Session, client: Client) -> Iterator[str]:
    """What was acknowledged and is not there; what was asked for last may be there or not."""
    for key, text in client.saved.items():
        held = _held(session, key)
        if held != text and client.asked != (key, held):
            yield f"{key}: {held!r}, not {text!r}"
        client.saved[key] = held


def _held(session: Session, key: Key) -> str | None:
    kind, name = key
    if kind == "note":
        note = session.get(Note, int(name))
        return note.body if note else None
    if kind == "paper":
        paper = session.exec(select(Paper).where(Paper.citekey == name)).one_or_none()
        return paper.abstract if paper and not paper.trashed_at else None
    if kind == "claim":
        claim = session.get(Claim, int(name))
        return claim.rationale if claim else None
    return "" if session.get(Attachment, name) else None


def _halves(session: Session) -> Iterator[str]:
    """What is made of several rows, and has not all of them."""
    papers = col(Paper.citekey) != "kim2021vilt"
    for whole, part, of, count, made in (
        (col(Paper.id), PaperAuthor, col(PaperAuthor.paper_id), 2, papers),
        (col(Paper.id), PaperTag, col(PaperTag.paper_id), 1, papers),
        (col(Claim.id), Evidence, col(Evidence.claim_id), 2, true()),
    ):
        counted = select(whole, func.count(of)).outerjoin(part, of == whole)
        for number, found in session.exec(counted.where(made).group_by(whole)):
            if found != count:
                yield f"{whole} {number} has {found} {of}"
