"""The `crosswalk` command: the same services as the web, no logic of its own."""

import sys
from typing import Annotated

import typer

from app import __version__
from app.errors import CrosswalkError

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Crosswalk: methods of one field × open problems of another.",
)


def main() -> None:
    """Runs the command. An error is one line on stderr and exit code 1."""
    try:
        cli()
    except CrosswalkError as error:
        print(f"crosswalk: {error}", file=sys.stderr)
        sys.exit(1)


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
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    reload: Annotated[bool, typer.Option(help="Start again when a file changes.")] = False,
) -> None:
    """Serve the library to a browser."""
    import uvicorn

    from app.settings import Settings

    settings = Settings()
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=host or settings.host,
        port=settings.port if port is None else port,
        reload=reload,
        log_level="warning",
    )


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from app.database import open_database
    from app.settings import Settings

    open_database(Settings()).close()


if __name__ == "__main__":
    main()
