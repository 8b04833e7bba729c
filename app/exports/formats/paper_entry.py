"""A paper as every format of papers is written from it, and what all of them must know. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile

from app.kit import author_names
from app.kit.text import fold
from app.library.citekeys import citekey_for, is_citekey
from app.models import Kind, Paper
from app.sources.bibliography import dates
from app.sources.drafts import ROLES

_JOURNAL = re.compile(
    r"\b(journal|transactions|trans\.|letters|review|magazine|annals|bulletin|tacl|tmlr|jmlr|tpami"
    r"|tkde|pvldb|nature|science|neurocomputing|quarterly)\b|学报|杂志|期刊|研究$",
    re.IGNORECASE,
)
_CONFERENCE = re.compile(
    r"\b(conference|proceedings|proc\.|workshop|symposium|findings)\b|会议", re.IGNORECASE
)
_PREPRINT = re.compile(r"(arxiv|corr|biorxiv|preprint|openreview)\b", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\n\s*\n")
_NO_VENUES = {"arxiv", "corr"}
_OTHERS = {"et al", "et al.", "others", "等"}
_OF_KINDS = {Kind.DATASET: "dataset", Kind.LINK: "webpage"}


@dataclass(frozen=True)
class PersonName:
    """A person's name in its parts, or, with no `family`, a name that is not taken apart.

    `particle` begins the family name (`van` of `van Dorp`, which `family` has too), `dropping` ends
    the given name (`von` of Alexander von Humboldt, who is Humboldt).
    """

    family: str
    given: str
    whole: str
    suffix: str = ""
    particle: str = ""
    dropping: str = ""

    @classmethod
    @lru_cache(maxsize=5000)
    def of(cls, written: str) -> "PersonName":
        """A name as `Paper.authors_written` has it."""
        shown, known = author_names.parse_name(written)
        if shown == known:
            return cls("", "", shown)
        name, suffix = author_names.split_suffix(shown)
        family = known or author_names.family_name(name)
        if "," in name:
            return cls("", "", shown)
        if name.endswith(f" {family}"):
            given = name.removesuffix(family).strip()
        else:
            given = name.removeprefix(family).strip()
        # Words in lower case begin a family name, or end a given one.
        first, last = family.split(), given.split()
        particle = list(takewhile(_is_lower, first[:-1]))
        dropping = list(takewhile(_is_lower, reversed(last[1:])))[::-1]
        return cls(
            family,
            " ".join(last[: len(last) - len(dropping)]) if dropping else given,
            shown,
            suffix,
            " ".join(particle),
            " ".join(dropping),
        )

    @property
    def backwards(self) -> str:
        """`van Dorp, Ann`; BibTeX's `King, Jr., Ann`."""
        parts = (self.family, self.suffix, f"{self.given} {self.dropping}".strip())
        return ", ".join(filter(None, parts)) if self.family else self.whole


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

    @cached_property
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
    def accessed(self) -> str:
        """The day on which it was looked at, as an ISO date."""
        return dates.partial_date(self.detail("accessed"))

    @property
    def event_date(self) -> str:
        """The day on which what it was given at was held or began, as an ISO date."""
        return dates.partial_date(self.detail("event-date"))

    @property
    def editors(self) -> tuple[str, ...]:
        return self.people["editor"]

    @cached_property
    def people(self) -> Mapping[str, tuple[str, ...]]:
        """Who had a part in it, by CSL's roles."""
        return {
            "author": self.authors,
            **{
                role: tuple(filter(None, map(str.strip, self.detail(role).split(";"))))
                for role in ROLES
            },
        }

    @cached_property
    def cut_short(self) -> list[str]:
        """The roles whose list says that there are more."""
        return [role for role, names in self.people.items() if any(map(is_others, names))]

    @property
    def key(self) -> str:
        """The key that formats cite it by: that of the reader's file where it cannot be the one
        that the paper has here, unless the reader gave it another since."""
        paper = self.paper
        made = citekey_for(self.authors, paper.year, paper.title, paper.short_title)
        if not paper.citekey.startswith(made):
            return paper.citekey
        return next((key for key in self.former if not is_citekey(key)), paper.citekey)


def _is_lower(word: str) -> bool:
    return word[:1].islower()


def join_keywords(keywords: Iterable[str]) -> str:
    """Keywords as one text that can be split again: by commas, by semicolons where one has a
    comma."""
    words = [each.replace(";", ",") for each in keywords]
    commas = any("," in each for each in words)
    return "; ".join(words) + (";" if len(words) == 1 else "") if commas else ", ".join(words)


def fold_lines(text: str) -> str:
    """`text` with each of its paragraphs on one line, a blank one between them."""
    return "\n\n".join(" ".join(each.split()) for each in _PARAGRAPHS.split(text.strip()))


@lru_cache(maxsize=5000)
def is_others(name: str) -> bool:
    """Whether what stands in a list of names means the rest of them."""
    return fold(name) in _OTHERS
