"""Every setting, its `CROSSWALK_` variable and its default. Nothing else reads the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Language = Literal["en", "zh"]

_PACKAGED = Path(__file__).parent / "_data"


def resource(name: str) -> Path:
    """The folder `templates`, `static`, `migrations` or `data`, of a wheel or of a checkout."""
    packaged = _PACKAGED / name
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / name


class Settings(BaseSettings):
    """Made once, by the command or a test, and handed to `create_app`."""

    model_config = SettingsConfigDict(
        env_prefix="CROSSWALK_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    library: Path = Field(
        Path("data/library"), description="Folder of the database, attachments and backups"
    )
    database_url: str = Field(
        "", description="Default: SQLite in the library folder; or `postgresql+psycopg://…`"
    )
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on")
    arxiv_url: str = Field(
        "https://export.arxiv.org/api/query",
        description="arXiv's query API, a mirror of it or a test server",
    )
    pdf_url: str = Field(
        "https://export.arxiv.org/pdf/",
        description="Where arXiv's PDFs are fetched from, an id at the end; a mirror or a test "
        "server",
    )
    feed_url: str = Field(
        "https://rss.arxiv.org/atom/",
        description="Where arXiv's daily listings are, categories at the end; a mirror or a test "
        "server",
    )
    arxiv_delay: float = Field(
        3.0, ge=0, description="Seconds between two requests to arXiv, over all processes"
    )
    arxiv_timeout: float = Field(20.0, gt=0, description="Seconds to wait for arXiv")
    doi_url: str = Field(
        "https://doi.org/",
        description="The resolver that is asked for the metadata of DOIs, or a test server",
    )
    doi_delay: float = Field(
        1.0, ge=0, description="Seconds between two requests for DOIs, over all processes"
    )
    doi_timeout: float = Field(20.0, gt=0, description="Seconds to wait for a DOI's metadata")
    crossref_url: str = Field(
        "",
        description="Crossref's REST API, asked for titles, ISBNs and PIIs when you look one up: "
        "`https://api.crossref.org/works`; empty: never",
    )
    feed_delay: float = Field(
        1.0, ge=0, description="Seconds between two requests for feeds, over all processes"
    )
    feed_timeout: float = Field(20.0, gt=0, description="Seconds to wait for a feed")
    watch: bool = Field(
        False, description="While the server runs, ask once a day what is switched on at /watches"
    )
    embeddings: str = Field(
        "auto",
        description="The model for the other language: `auto` (the extra's, where it is "
        "installed), `off`, or the folder of one",
    )
    starter: bool = Field(True, description="Load the starter library into an empty database")
    language: Language | Literal[""] = Field(
        "", description="Interface language; default: what the browser asks for"
    )
    allowed_hosts: list[str] = Field(
        default_factory=list,
        description="Further host names this server answers to (JSON list); needed where others "
        "can reach it",
    )
    trusted_proxies: list[str] = Field(
        ["127.0.0.1", "::1"],
        description="Addresses and networks of proxies, whose word is taken for where a request "
        "came from and by which scheme (JSON list)",
    )

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.library.resolve() / 'crosswalk.sqlite3'}"

    @property
    def styles(self) -> Path:
        """The folder of the reader's own CSL styles."""
        return self.library / "styles"
