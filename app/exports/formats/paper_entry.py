"""A paper as every format of papers is written from it, and what all of them must know. Pure."""

import re
from dataclasses import dataclass

from app.kit import author_names
from app.kit.text import fold
from app.models import Kind, Paper

_JOURNAL = re.compile(
    r"\b(journal|transactions|trans\.|letters|review|magazine|annals|bulletin|tacl|tmlr|jmlr|tpami"
    r"|tkde|pvldb|nature|science|neurocomputing|quarterly)\b|学报|杂志|期刊|研究$",
    re.IGNORECASE,
)
_CONFERENCE = re.compile(
    r"\b(conference|proceedings|proc\.|workshop|symposium|findings)\b|会议", re.IGNORECASE
)
_PREPRINT = re.compile(r"(arxiv|corr|biorxiv|preprint|openreview)\b", re.IGNORECASE)
_NO_VENUES = {"arxiv", "corr"}
_OTHERS = {"et al", "et al.", "others", "等"}
_OF_KINDS = {Kind.DATASET: "dataset", Kind.LINK: "webpage"}


@dataclass(frozen=True)
class PersonName:
    """A person's name in its two parts, or, with no `family`, a name that is not taken apart."""

    family: str
    given: str
    whole: str

    @classmethod
    def of(cls, written: str) -> "PersonName":
        """A name as `Paper.authors_written` has it."""
        shown, known = author_names.parse_name(written)
        family = known or author_names.family_name(shown)
        if shown == known or "," in shown:
            return cls("", "", shown)
        if shown.endswith(f" {family}"):
            return cls(family, shown.removesuffix(family).strip(), shown)
        return cls(family, shown.removeprefix(family).strip(), shown)


@dataclass(frozen=True)
class PaperEntry:
    """A paper with what stands in other tables.

    `authors` are written as `author_names` reads them; `notes` are the texts of the reader's
    notes, where they are asked for; `former` are the further keys that the paper is found by.
    """

    paper: Paper
    authors: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    former: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """Its type by CSL's names: what was said of it, or what kind and venue let one suppose."""
        paper = self.paper
        if said := paper.details.get("type"):
            return said
        if not paper.venue or _PREPRINT.match(paper.venue):
            return "article" if paper.arxiv_id else _OF_KINDS.get(Kind(paper.kind), "document")
        in_journal = _JOURNAL.search(paper.venue) and not _CONFERENCE.search(paper.venue)
        return "article-journal" if in_journal else "paper-conference"

    @property
    def venue(self) -> str:
        """Where it appeared; a preprint server is told by the number that it gave."""
        return "" if fold(self.paper.venue) in _NO_VENUES else self.paper.venue

    @property
    def date(self) -> str:
        """When it came out, as precisely as is known: `2022-08-22`, `2022-08`, `2022` or nothing.

        A paper that came out in another year than its preprint is dated by that year alone.
        """
        paper = self.paper
        year = str(paper.year or "")
        return paper.published if paper.published.startswith(year) else year

    @property
    def url(self) -> str:
        """The page of it: its own, or arXiv's."""
        arxiv = f"https://arxiv.org/abs/{self.paper.arxiv_id}" if self.paper.arxiv_id else ""
        return self.paper.url or arxiv

    @property
    def eprint(self) -> str:
        """Its number at arXiv with the version that is held: `2208.10442v2`."""
        paper = self.paper
        version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
        return f"{paper.arxiv_id}{version}" if paper.arxiv_id else ""

    def detail(self, name: str) -> str:
        """What the reference says under one of CSL's names, or nothing."""
        return self.paper.details.get(name, "")

    @property
    def editors(self) -> tuple[str, ...]:
        return tuple(filter(None, map(str.strip, self.detail("editor").split(";"))))


def is_others(name: str) -> bool:
    """Whether what stands in a list of names means the rest of them."""
    return fold(name) in _OTHERS
