"""The `crosswalk` command: the same services as the web, no logic of its own."""

import gc
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from enum import StrEnum
from errno import EADDRNOTAVAIL, EAFNOSUPPORT
from io import TextIOWrapper
from ipaddress import ip_address
from pathlib import Path
from socket import (
    AF_INET,
    AF_INET6,
    AI_PASSIVE,
    IPPROTO_IPV6,
    IPPROTO_TCP,
    IPV6_V6ONLY,
    SO_REUSEADDR,
    SOCK_STREAM,
    SOL_SOCKET,
    gaierror,
    getaddrinfo,
    socket,
)
from stat import S_IMODE
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Annotated

import typer

from app import __version__
from app.errors import N_, CrosswalkError, DiskFull, Message, Unavailable

if TYPE_CHECKING:
    from app.database import Database
    from app.settings import Settings
    from app.web.languages import Catalogue

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Crosswalk: methods of one field × open problems of another.",
)


_WHOLE = (
    "--tag, --technique and --field are for files of references and notes. Import it, then: "
    "crosswalk edit."
)
_HOSTS = "CROSSWALK_ALLOWED_HOSTS"
_NO_ADDRESS = N_("“{host}” is no address of this computer.")
_NOT_YET_OPEN = N_(
    "Others can reach {host}, and Crosswalk has no accounts: whoever reaches it reads and changes "
    "everything. Put a proxy with a login before it (README, For a group), or set {setting} to the "
    "names that it may be asked by."
)
_OPEN = N_(
    "Other computers can reach this server, and Crosswalk has no accounts: whoever reaches it "
    "reads and changes everything, unless a proxy with a login stands before it (README, For a "
    "group)."
)

# Beside Python: what a process reads once and keeps, so that it takes a new one to show a change.
_RELOADED = ["*.html", "*.css", "*.js", "*.svg", "*.po"]


def main() -> None:
    """Runs the command. An error is one line on stderr and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # not every terminal can show Chinese
    try:
        cli()
    except Exception as error:
        said = _why(error)
        if said is None:
            raise  # a defect of ours: the traceback is what helps
        print("crosswalk:", " ".join(said.split()), file=sys.stderr)
        sys.exit(1)


def _why(error: Exception) -> str | None:
    """What is wrong with what was asked for or where it was to be done; None for anything else."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

    from app.database import explain_error

    if isinstance(error, CrosswalkError):
        return _said(error)
    if isinstance(error, ValidationError) and error.title == "Settings":
        problem = error.errors()[0]
        return f"CROSSWALK_{str(problem['loc'][0]).upper()}: {problem['msg']}"
    explained = explain_error(error)
    if isinstance(error, DBAPIError) and (explained is None or isinstance(explained, Unavailable)):
        return f"The database cannot be used: {str(error.orig).splitlines()[0]}."
    if explained and (
        not isinstance(error, OSError) or isinstance(explained, DiskFull) or _is_ours(error)
    ):
        return _said(explained)
    if isinstance(error, (ArgumentError, NoSuchModuleError)):
        return f"CROSSWALK_DATABASE_URL: {error}."
    if isinstance(error, (OSError, SettingsError)):
        return str(error)
    return None


def _is_ours(error: OSError) -> bool:
    """Whether it is about a file in the library's folder."""
    from app.settings import Settings

    named = error.filename if isinstance(error.filename, str) else ""
    return Settings().library.resolve() in Path(named).resolve().parents


def _said(error: CrosswalkError) -> str:
    """An error in the language of the settings."""
    from app.errors import Invalid

    say = _language().message
    if isinstance(error, Invalid):
        return "; ".join(f"{field}: {say(message)}" for field, message in error.errors.items())
    return say(error.message)


def _language() -> "Catalogue":
    from app.settings import Settings
    from app.web.languages import load_catalogue

    return load_catalogue("zh" if Settings().language == "zh" else "en")


def _version(asked: bool) -> None:
    if asked:
        print(f"crosswalk {__version__}")
        raise typer.Exit


@cli.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Every command works on the library that CROSSWALK_LIBRARY names (default data/library)."""


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=0, max=65535)] = None,
    reload: Annotated[bool, typer.Option(help="Start again when a file changes.")] = False,
) -> None:
    """Serve the library to a browser."""
    import uvicorn
    from uvicorn.supervisors import ChangeReload

    from app.library.service import count_library_papers
    from app.settings import Settings, resource
    from app.startup import open_library
    from app.web.connections import PatientProtocol

    settings = Settings()
    if host is not None:
        settings = settings.model_copy(update={"host": host})
    with ExitStack() as stack:
        gc.disable()  # what is made until the server answers stays: that took a tenth of the start
        stack.callback(gc.enable)
        taken = take_port(settings.host, settings.port if port is None else port)
        for each in taken:
            stack.enter_context(each)
        is_open = not all(map(is_loopback, taken))
        if is_open and not settings.allowed_hosts:
            raise CrosswalkError(_NOT_YET_OPEN, host=settings.host, setting=_HOSTS)
        with closing(open_library(settings)) as database, database.read() as session:
            papers = count_library_papers(session)
        watched = [Path(__file__).parent, *map(resource, ("templates", "static", "migrations"))]
        stack.enter_context(_told(settings.host, settings.allowed_hosts, taken))
        config = uvicorn.Config(
            "app.main:create_app",
            factory=True,
            http=PatientProtocol,
            log_level="warning",
            server_header=False,
            forwarded_allow_ips=settings.trusted_proxies,
            reload=reload,
            reload_dirs=list(map(str, watched)) if reload else None,
            reload_includes=_RELOADED if reload else None,
        )
        if not reload:
            config.load()
        for each in taken:
            _listen(each, config.backlog)
        print(serving_line(settings, taken[0], papers), flush=True)
        if is_open:
            print(_language().message(Message.of(_OPEN)), file=sys.stderr, flush=True)
        server = uvicorn.Server(config)
        with suppress(KeyboardInterrupt):  # how it is stopped
            if reload:
                ChangeReload(config, target=server.run, sockets=taken).run()
            else:
                server.run(sockets=taken)


@contextmanager
def _told(host: str, allowed: Sequence[str], taken: Sequence[socket]) -> Iterator[None]:
    """Have the settings that a server's own process reads say where it listens: it answers to that
    address, however `--host` wrote it."""
    addresses = [str(each.getsockname()[0]).partition("%")[0] for each in taken]
    own = [each for each in addresses if not ip_address(each).is_unspecified]
    hosts = [*allowed, *(f"[{each}]" if ":" in each else each for each in own)]
    said = {"CROSSWALK_HOST": host, _HOSTS: json.dumps(hosts)}
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def take_port(host: str, port: int) -> list[socket]:
    """Sockets on every address of `host`, on one port: `localhost` has two, of which one may be
    missing. Taken before the library is opened: where somebody else has the port, nothing is done.
    They do not listen yet: until the server can answer, who asks is told at once that it cannot.
    """
    if host == "localhost":
        found = [(AF_INET, "127.0.0.1"), (AF_INET6, "::1")]
    else:
        try:
            infos = getaddrinfo(host or None, port, type=SOCK_STREAM, flags=AI_PASSIVE)
        except (gaierror, UnicodeError) as error:
            raise CrosswalkError(_NO_ADDRESS, host=host) from error
        found = sorted({(family, str(address[0])) for family, _, _, _, address in infos})
    taken: list[socket] = []
    for family, address in found:
        try:
            taken.append(_bind(family, address, port))
        except OSError as error:
            if taken and error.errno in (EADDRNOTAVAIL, EAFNOSUPPORT):
                continue
            for each in taken:
                each.close()
            raise
        port = taken[0].getsockname()[1]
    return taken


def _bind(family: int, address: str, port: int) -> socket:
    """As `socket.create_server` does."""
    # asyncio turns Nagle's algorithm off where a socket says its protocol; else answers take 40 ms.
    made = socket(family, SOCK_STREAM, IPPROTO_TCP)
    try:
        if os.name == "posix":  # so that a server can be started again at once
            made.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        if family == AF_INET6:
            made.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
        made.bind((address, port))
    except OSError as error:
        made.close()
        raise _at(error, address, port) from None
    return made


def _listen(taken: socket, backlog: int) -> None:
    address, port = taken.getsockname()[:2]
    try:
        taken.listen(backlog)
    except OSError as error:  # another server was quicker
        raise _at(error, address, port) from None


def _at(error: OSError, address: str, port: int) -> OSError:
    """The error of a socket, saying which."""
    return OSError(error.errno, f"{error.strerror}: {address}, port {port}")


def is_loopback(listening: socket) -> bool:
    """Whether only this computer can reach it."""
    address = ip_address(str(listening.getsockname()[0]).partition("%")[0])
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def serving_line(settings: "Settings", listening: socket, papers: int) -> str:
    """Where the library is served, and which one it is; says no password."""
    from sqlalchemy import make_url

    host, port = listening.getsockname()[:2]
    place = make_url(settings.url)
    if place.get_backend_name() == "postgresql":
        kept = f"PostgreSQL {place.database}" + (f" at {place.host}" if place.host else "")
    else:
        kept = f"SQLite {place.database}" if settings.database_url else "SQLite"
    return (
        f"Crosswalk {__version__}: http://{f'[{host}]' if ':' in host else host}:{port},"
        f" library {settings.library} ({papers} {'paper' if papers == 1 else 'papers'}, {kept})"
    )


@cli.command()
def add(
    ids: Annotated[list[str], typer.Argument(metavar="ARXIV_ID_OR_DOI_OR_URL…", help="Of papers.")],
    force: Annotated[
        bool, typer.Option(help="Add also what the library seems to hold already.")
    ] = False,
    complete: Annotated[
        bool, typer.Option(help="What the library seems to hold is that paper: complete it.")
    ] = False,
) -> None:
    """Add papers by arXiv ids, DOIs and addresses that name one: all of them, or none."""
    from app.library import service
    from app.library.duplicates import merging
    from app.settings import Settings
    from app.sources import metadata_lookup
    from app.sources.drafts import PaperDraft
    from app.sources.web.page_capture import named_draft, parse_all
    from app.startup import open_library

    settings = Settings()
    asked = parse_all(" ".join(ids))
    with closing(open_library(settings)) as database:
        drafts = [named_draft(each, PaperDraft(title="")) for each in asked]
        with database.read() as session:
            held = service.papers_held(session, drafts)
        for paper in filter(None, held):
            print(f"{paper.citekey}\talready in the library\t{paper.title}")
        wanted = [each for each, paper in zip(asked, held, strict=True) if not paper]
        if not wanted:
            return
        fetched = metadata_lookup.fetch_papers(wanted, settings=settings)
        if fetched.missing:
            raise metadata_lookup.not_found(fetched.missing, settings)
        with database.write() as session:
            published: list[service.PublishedPaper] = []
            completed: list[str] = []
            new: list[PaperDraft] = []
            for draft in fetched.found.values():
                given = service.draft_as_input(draft)
                known = None if force else service.publish_preprint(session, given, source=draft)
                if known:
                    published.append(known)
                    continue
                (alike,) = service.find_likely_duplicates(session, [draft]) if complete else (None,)
                if alike:
                    completed.append(alike.citekey)
                    merging.complete_paper(session, alike, given, source=draft)
                    continue
                if not force:
                    service.refuse_alike(session, given)
                new.append(draft)
            added = [
                service.create_paper(session, service.draft_as_input(draft), source=draft)
                for draft in new
            ]
        for each in published:
            print(f"{each.paper.citekey}\tpublished: {each.news}\t{each.paper.title}")
        for citekey in completed:
            print(f"{citekey}\tcompleted")
        for paper in added:
            print(f"{paper.citekey}\tadded\t{paper.title}")


@cli.command("import")
def import_(
    path: Annotated[
        Path, typer.Argument(metavar="FILE_OR_FOLDER", help="What to take in; - for stdin.")
    ],
    as_format: Annotated[
        str,
        typer.Option(
            "--format",
            help="notes, bibtex, ris, endnote, csl-json, csv, markdown, vault (a folder of it), "
            "id-list, predictions, arxiv (a snapshot) or library (a vault that Crosswalk wrote, "
            "into an empty library); else what it looks like.",
        ),
    ] = "",
    benchmark: Annotated[
        str, typer.Option(metavar="SLUG", help="What predictions are for: spider-dk.")
    ] = "",
    system: Annotated[
        str, typer.Option(metavar="NAME", help="Whose predictions; else named like the file.")
    ] = "",
    tag: Annotated[list[str] | None, typer.Option(help="For all papers; may be repeated.")] = None,
    technique: Annotated[
        list[str] | None, typer.Option(metavar="SLUG", help="For all papers.")
    ] = None,
    field: Annotated[list[str] | None, typer.Option(metavar="SLUG", help="For all papers.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
    overwrite: Annotated[
        bool, typer.Option(help="Put the file's text over what was edited in Crosswalk.")
    ] = False,
    partial: Annotated[
        bool, typer.Option(help="Take what is there of a vault that is not whole.")
    ] = False,
) -> None:
    """Import papers and notes: BibTeX, RIS, CSL-JSON, Markdown, PDFs, a folder or zip of them, a
    list of arXiv ids, or a result on a benchmark (a line for every example: its index and right or
    wrong): all of it, or nothing. What may be a paper that is here already is left out and said. Of
    a snapshot of arXiv's metadata, what the library does not hold yet, thousands at once."""
    from app.imports import service
    from app.imports.applying import snapshots
    from app.imports.planning.detect_format import FORMATS
    from app.imports.rules import ForAll
    from app.settings import Settings
    from app.startup import open_library
    from app.vault import service as vault

    if str(path) == "-":
        with TemporaryDirectory() as folder:
            data = sys.stdin.buffer.read()
            (given := Path(folder) / service.name_text("stdin", data)).write_bytes(data)
            words = as_format, benchmark, system, tag, technique, field
            import_(given, *words, dry_run, overwrite, partial)
        return
    for_all = ForAll(tuple(tag or ()), tuple(technique or ()), tuple(field or ()))
    if as_format == "library" or (as_format in ("", "vault") and vault.is_ours(path)):
        if for_all:
            raise typer.BadParameter(_WHOLE)
        _import_vault(path, dry_run=dry_run, partial=partial)
        return
    if not as_format and snapshots.is_snapshot(path):
        as_format = "arxiv"
    if as_format not in ("", "arxiv", *FORMATS):
        raise typer.BadParameter(
            f"“{as_format}” cannot be read; {', '.join(FORMATS)} and arxiv can."
        )
    if as_format == "arxiv" and for_all:
        raise typer.BadParameter(_WHOLE)
    if as_format == "arxiv" and overwrite:
        raise typer.BadParameter("--overwrite is for notes: a snapshot leaves alone what is here.")
    settings = Settings()
    with closing(open_library(settings)) as database:
        if as_format == "arxiv":
            _import_snapshot(database, path, dry_run=dry_run)
            return
        reports = service.import_path(
            database,
            path,
            library=settings.library,
            reading=service.ReadingOptions(as_format, benchmark, system, _language().language),
            for_all=for_all,
            dry_run=dry_run,
            overwrite=overwrite,
        )
        for report in reports:
            print("\n".join(report.text()))
        if not dry_run:
            _read_texts(database, settings)


@cli.command()
def edit(
    query: Annotated[
        str, typer.Option(help="Which papers: tag:gating year:2020.. verdict:later; all it finds.")
    ] = "",
    key: Annotated[
        list[str] | None, typer.Option(metavar="CITEKEY", help="This paper; may be repeated.")
    ] = None,
    add_tag: Annotated[list[str] | None, typer.Option(metavar="TAG")] = None,
    remove_tag: Annotated[list[str] | None, typer.Option(metavar="TAG")] = None,
    add_technique: Annotated[list[str] | None, typer.Option(metavar="SLUG")] = None,
    remove_technique: Annotated[list[str] | None, typer.Option(metavar="SLUG")] = None,
    add_field: Annotated[list[str] | None, typer.Option(metavar="SLUG")] = None,
    remove_field: Annotated[list[str] | None, typer.Option(metavar="SLUG")] = None,
    verdict: Annotated[
        str, typer.Option(metavar="SLUG", help="With --reason; unread takes it back.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Of the verdict: one for all.")] = "",
    due: Annotated[
        str, typer.Option(metavar="DAY", help="Of the verdict: look again from 2026-12-31.")
    ] = "",
    kind: Annotated[str, typer.Option(help="paper, method, dataset, concept or link.")] = "",
    reading: Annotated[str, typer.Option(help="unread, reading or read.")] = "",
    trash: Annotated[bool, typer.Option("--trash", help="Move them to the trash.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
    undo: Annotated[
        int, typer.Option(metavar="NUMBER", help="Take the change of this number back.")
    ] = 0,
) -> None:
    """Change many papers at once, as one change that can be undone. Says which were left alone, and
    why."""
    from app.library.bulk_edit import editing
    from app.library.filters import PaperFilters
    from app.library.rules import PaperEdit, VerdictInput
    from app.models import Kind, Reading
    from app.search import service as search
    from app.settings import Settings
    from app.startup import open_library

    _one_of("--kind", kind, Kind)
    _one_of("--reading", reading, Reading)
    for name, said in (("--reason", reason), ("--due", due)):
        if said and not verdict:
            raise typer.BadParameter(f"{name} is a verdict's: say which with --verdict.")
    if not undo and bool(query.strip()) == bool(key):
        raise typer.BadParameter("Say which papers: with --query, or with --key.")
    given = PaperEdit(
        add_tags=add_tag or [],
        remove_tags=remove_tag or [],
        add_techniques=add_technique or [],
        remove_techniques=remove_technique or [],
        add_fields=add_field or [],
        remove_fields=remove_field or [],
        kind=Kind(kind) if kind else None,
        reading=Reading(reading) if reading else None,
        verdict=VerdictInput(verdict=verdict, reason=reason, due=due) if verdict else None,
        trash=trash,
    )
    if undo and (query or key or given != PaperEdit()):
        raise typer.BadParameter("--undo takes a change back, and does nothing else.")
    with ExitStack() as stack:
        database = stack.enter_context(closing(open_library(Settings())))
        session = stack.enter_context(database.read() if dry_run else database.write())
        if undo:
            report = editing.undo_edit(session, undo)
        else:
            ids = None
            if query.strip():
                ids = search.find_papers_to_change(session, query, PaperFilters())
            report = editing.edit_papers(
                session, given, ids=ids, citekeys=key or [], dry_run=dry_run
            )
    say = _language().message
    for each in report.skipped:
        if not each.is_same:
            print(f"{each.citekey}\t{say(each.why)}", file=sys.stderr)
    done = f"{report.changed} {'would be ' if dry_run else ''}changed"
    same = f", {report.same} as they should be already" if report.same else ""
    left = f", {report.refused} left alone" if report.refused else ""
    back = f"; to undo: crosswalk edit --undo {report.change}" if report.change and not undo else ""
    print(done + same + left + back)


def _one_of(option: str, value: str, known: Sequence[str] | type[StrEnum]) -> None:
    if value and value not in list(known):
        raise typer.BadParameter(f"{option} is one of {', '.join(known)}.")


@cli.command()
def export(
    as_format: Annotated[
        str,
        typer.Option(
            "--format",
            help="Papers: bibtex (default), biblatex, ris, csl-json, csv, json; as references "
            "apa, ieee, acl, gb7714, gb7714-author-date, or what a CSL file in the library's "
            "folder styles is called. A comparison: csv (default), markdown, latex, bibtex, zip "
            "(LaTeX with its BibTeX), json, orkg, svg, png. The whole library: vault, a folder of "
            "Markdown (or a .zip of it) that -o names.",
        ),
    ] = "",
    query: Annotated[
        str, typer.Option(help="Which papers: 门控 verdict:try; all by default.")
    ] = "",
    key: Annotated[
        list[str] | None, typer.Option(metavar="CITEKEY", help="This paper; may be repeated.")
    ] = None,
    notes: Annotated[bool, typer.Option(help="With the notes on each paper.")] = False,
    html: Annotated[bool, typer.Option(help="References as a page, with their italics.")] = False,
    comparison: Annotated[str, typer.Option(metavar="SLUG", help="This comparison.")] = "",
    as_of: Annotated[str, typer.Option(metavar="DATE", help="The comparison as it stood.")] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Instead of stdout.")
    ] = None,
) -> None:
    """Write papers, or a comparison, in a form that other programs read."""
    from app.exports import documents
    from app.settings import Settings
    from app.startup import open_library

    settings = Settings()
    with closing(open_library(settings)) as database:
        if as_format == "vault":
            _export_vault(database, settings, output)
            return
        if comparison:
            options = {"as_of": [as_of], "q": [query]}
            document = documents.comparison_document(
                database,
                comparison,
                as_format,
                {name: values for name, values in options.items() if values[0]},
                language="zh" if settings.language == "zh" else "en",
                say=_language().gettext,
            )
        else:
            chosen = {"key": key or [], "notes": ["1"] * notes, "html": ["1"] * html}
            document = documents.papers_document(
                database, as_format, query, chosen, folder=settings.styles
            )
        with _open_output(output) if output else nullcontext(sys.stdout.buffer) as file:
            for chunk in [document.data] if isinstance(document.data, bytes) else document.data:
                file.write(chunk)


@contextmanager
def _open_output(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there when all is written; one that was there before stays until then. What
    is no file (a pipe, a device) is written to as it is."""
    from app.kit.files import open_whole

    if not path.parent.is_dir() or (path.exists() and not path.is_file()):
        with path.open("wb") as file:
            yield file
        return
    os.umask(mask := os.umask(0o077))
    mode = S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~mask
    with open_whole(path.resolve(), mode=mode) as file:
        yield file


def _export_vault(database: "Database", settings: "Settings", output: Path | None) -> None:
    from app.vault import service

    if output is None:
        raise typer.BadParameter("-o says which folder, or which .zip file, to write.")
    if output.suffix.lower() == ".zip":
        with _open_output(output) as file:
            file.write(service.export_zip(database, settings))
    else:
        print(f"{service.export_folder(database, settings, output)} files")


def _import_vault(path: Path, *, dry_run: bool, partial: bool) -> None:
    """Into an empty library, which the starter library would not leave empty."""
    from app.settings import Settings
    from app.startup import open_library
    from app.vault import service

    settings = Settings(starter=False)
    given, problems = service.read_path(path)
    with closing(open_library(settings)) as database:
        with database.read() if dry_run else database.write() as session:
            report = service.import_files(
                session, settings.library, given, problems, partial=partial
            )
        for line in report.text():
            print(line)
        if not dry_run:
            _read_texts(database, settings)


def _read_texts(database: "Database", settings: "Settings") -> None:
    """Read the texts of files that wait for it: a library that is not served has nobody else."""
    from app.files import text

    if count := text.extract_waiting(database, settings):
        print(
            f"The text of {count} files was read." if count > 1 else "The text of a file was read."
        )


def _import_snapshot(database: "Database", path: Path, *, dry_run: bool) -> None:
    from app.imports.applying.snapshots import Progress, import_snapshot

    said = Progress()
    try:
        with _progress() as progress:
            for said in import_snapshot(database, path, dry_run=dry_run):
                progress(said.added + said.held, round((said.added + said.held) / said.read))
    except EOFError as error:
        raise OSError(f"{path} ends too early: {error}") from error
    finally:
        print(f"{said.added} {'would be ' if dry_run else ''}added, {said.held} already held")
        if said.refused:
            lines = ", ".join(map(str, said.lines))
            print(
                f"{said.refused} lines are no records that can be saved: {lines}", file=sys.stderr
            )


@cli.command()
def sync(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of Markdown; new or known.")],
    watch: Annotated[
        bool, typer.Option(help="Go on as either side changes, until Ctrl-C.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
    force: Annotated[
        bool,
        typer.Option(
            help="Sync a folder that lost its mark or most of its files: what is missing goes to "
            "the trash."
        ),
    ] = False,
) -> None:
    """Keep a folder of Markdown, which Obsidian opens as a vault, and the library in step: edits on
    either side travel. What was edited on both sides is kept twice, for you to decide."""
    from app.settings import Settings
    from app.startup import open_library
    from app.vault.sync import sync_run, watching

    settings = Settings()
    with closing(open_library(settings)) as database:
        report = sync_run.sync_folder(database, settings, folder, dry_run=dry_run, force=force)
        print("\n".join(report.text()), flush=True)
        if watch and not dry_run:
            for report in watching.watch_folder(database, settings, folder):
                print("\n".join(report.text()), flush=True)


@cli.command()
def search(
    query: Annotated[str, typer.Argument(help="Words and filters: 门控 verdict:try year:2020..")],
    as_json: Annotated[bool, typer.Option("--json", help="As the API answers it.")] = False,
    as_typed: Annotated[
        bool, typer.Option("--as-typed", help="Correct no word, and use no other names.")
    ] = False,
) -> None:
    """Search papers, notes, techniques, issues and cells."""
    from app.search import service
    from app.settings import Settings
    from app.startup import open_library

    settings = Settings()
    with closing(open_library(settings)) as database, database.read() as session:
        found = service.search_all(
            session,
            query,
            per_page=50,
            language="zh" if settings.language == "zh" else "en",
            as_typed=as_typed,
        )
    if as_json:
        from app.search.schemas import serialize_results

        print(serialize_results(found).model_dump_json(indent=2))
        return
    for notice in found.notices:
        print(_language().message(notice), file=sys.stderr)
    for hit in found.items:
        print(f"{hit.type}\t{hit.key}\t{hit.title}")
    if not found.items:
        print("Nothing found.", file=sys.stderr)


@cli.command()
def reindex() -> None:
    """Build the search index anew from the rows, also while the server runs."""
    from app.search import service
    from app.settings import Settings
    from app.startup import open_library

    done = 0
    with closing(open_library(Settings())) as database, _progress() as progress:
        for done, total in service.renew_index(database):
            progress(done, total)
    print(f"{done} documents")


@contextmanager
def _progress() -> Iterator[Callable[[int, int | None], None]]:
    """A bar on stderr while something long goes on: what is done of how much, where that is known.

    A terminal that is none gets nothing.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to write: library.zip")],
    overwrite: Annotated[bool, typer.Option(help="Write over a file that is there.")] = False,
) -> None:
    """Write the whole library into one file, while it is used: every row with its history, the
    trash, and the pictures. `crosswalk restore` brings it back."""
    from app.backup import service
    from app.settings import Settings
    from app.startup import open_library

    settings = Settings()
    with closing(open_library(settings)) as database:
        report = service.write_backup(database, settings, file, overwrite=overwrite)
    print("\n".join(report.text()))
    for problem in report.problems():
        print(_language().message(problem), file=sys.stderr)


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What crosswalk backup wrote.")],
    replace: Annotated[
        bool, typer.Option(help="Also where the library is not empty; it is backed up first.")
    ] = False,
) -> None:
    """Bring a backup back, on either database: all of it, or nothing. It is checked whole before
    anything is written."""
    from app.backup import service
    from app.settings import Settings
    from app.startup import open_library

    settings = Settings(starter=False)  # which would not leave a new library empty
    with service.check_backup(file) as checked:
        report = service.restore_library(settings, checked, open_library, replace=replace)
    print("\n".join(report.text()))


@cli.command()
def check(
    repair: Annotated[
        bool, typer.Option(help="Make anew what can be; nothing that a reader wrote is touched.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Look whether the library's parts agree: the database in itself, pictures and their digests,
    the search index, links, quotations and the history of cells. Each disagreement is a line; where
    one is left, the exit code is 1."""
    from app.backup import consistency
    from app.settings import Settings
    from app.startup import open_library

    settings = Settings(starter=False)
    with closing(open_library(settings)) as database:
        found = consistency.check_library(database, settings.library, repair=repair)
    say = _language().message
    if as_json:
        lines = [
            {"part": each.part, "what": say(each.what), "repaired": each.is_repaired}
            for each in found
        ]
        print(json.dumps({"disagreements": lines}, ensure_ascii=False, indent=2))
    else:
        for each in found:
            print(f"{each.part}\t{'repaired' if each.is_repaired else 'wrong'}\t{say(each.what)}")
        if not found:
            print("All parts agree.")
    if not all(each.is_repaired for each in found):
        raise typer.Exit(1)


@cli.command()
def watch(
    once: Annotated[
        bool, typer.Option("--once", help="End when those whose time has come were asked.")
    ] = False,
) -> None:
    """Ask the watches that are switched on for what is new, each at most once a day: --once for a
    timer, else until it is stopped. What comes waits in the queue. Where one could not be asked,
    the others are, and the exit code is 1."""
    import time

    from app.settings import Settings
    from app.startup import open_library
    from app.watches import runs

    settings, failed = Settings(), False
    say = _language().message
    with closing(open_library(settings)) as database:
        if not runs.count_switched_on(database):
            print("No watch is switched on. The page /watches has a switch for each.")
        while True:
            for name, done in runs.run_due(database, settings):
                if isinstance(done, CrosswalkError):
                    failed = True
                    said = next(iter(done.errors.values()), done.message)
                    print(f"{name}: {say(said)}", file=sys.stderr)
                    continue
                print(f"{name}\t{done.new} new", flush=True)
                for each in done.messages():
                    print(f"{name}: {say(each)}", file=sys.stderr)
            if once:
                break
            time.sleep(60)
    if failed:
        raise typer.Exit(1)


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema, after a backup of an older one."""
    from app.settings import Settings
    from app.startup import open_migrated

    open_migrated(Settings()).close()


if __name__ == "__main__":
    main()
