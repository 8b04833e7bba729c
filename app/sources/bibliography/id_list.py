"""A plain list of arXiv ids, DOIs and addresses of either → drafts that have no title yet. Pure."""

import re

from app.errors import N_, Message, Problem
from app.kit.text import tidy_body, tidy_line
from app.sources.arxiv import ids as arxiv_ids
from app.sources.doi import ids as doi_ids
from app.sources.drafts import PaperDraft, ReadFile, RecordDraft, check_count

FORMAT = "id-list"

_COMMENT = re.compile(r"(?:^|\s)(?:#|//|%)\s.*|^\s*#.*")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,4}[.)、])\s+")
_NAMED = re.compile(
    r"(?:doi:\s*|(?:https?://)?(?:dx\.|www\.)?doi\.org/)?(?P<doi>10\.[0-9]{4,9}\S*)", re.IGNORECASE
)
_LONGEST = 500


def looks_like_id_list(text: str) -> bool:
    """Whether there is a line, and every line that says something is of ids and addresses alone."""
    says_something = False
    for line in tidy_body(text).removeprefix("\ufeff").split("\n"):
        if line and (bare := _bare(line)):
            says_something = True
            if len(line) > _LONGEST or not _only_ids(bare):
                return False
    return says_something


def read_id_list(text: str, name: str = "") -> ReadFile:  # noqa: ARG001 (readers are called alike)
    """A record for each id, once, with its line; a line without any is a problem.

    The drafts have no title: it is to be asked for where the id is from. What follows `# ` is a
    comment.
    """
    records: dict[str, RecordDraft] = {}
    problems: list[Problem] = []
    said = 0
    for number, line in enumerate(tidy_body(text).removeprefix("\ufeff").split("\n"), 1):
        bare = _bare(line)
        if not bare:
            continue
        said += 1
        check_count(max(said, len(records)))
        drafts, left = _ids(bare)
        if not drafts:
            why = Message.of(N_("There is neither an arXiv id nor a DOI in this line."))
            problems.append(Problem(line=number, why=why, raw=line))
        remark = Message.of(N_("Not an id: {words}."), words=" ".join(left)[:200])
        remarks = (remark,) if left else ()
        for key, draft in drafts.items():
            if first := records.get(key):
                if len(first.raw) > _LONGEST:
                    continue  # named often enough
                raw = first.raw if line in first.raw else f"{first.raw}\n{line}"
                more = {"raw": raw, "remarks": (*first.remarks, *remarks)[:_LONGEST]}
                records[key] = first.model_copy(update=more)
            else:
                raw = line if len(line) <= _LONGEST else key
                records[key] = RecordDraft(
                    draft=draft, key=key, line=number, raw=raw, remarks=remarks
                )
    return ReadFile(format=FORMAT, records=tuple(records.values()), problems=tuple(problems))


def _bare(line: str) -> str:
    return tidy_line(_BULLET.sub("", _COMMENT.sub("", line)))


def _only_ids(line: str) -> bool:
    drafts, left = _ids(line)
    return bool(drafts) and not left


def _ids(line: str) -> tuple[dict[str, PaperDraft], list[str]]:
    """The papers that a line names, by what they are called there, and the words left over."""
    dois = [doi for doi in doi_ids.find_dois(line) if not arxiv_ids.try_arxiv_id(doi)]
    names = {doi.lower() for doi in dois}
    lengths = sorted(set(map(len, names)), reverse=True)

    def without(found: re.Match[str]) -> str:
        text = found["doi"].lower()
        length = next((length for length in lengths if text[:length] in names), None)
        return found[0] if length is None else " " + found["doi"][length:]

    found, left = arxiv_ids.find_arxiv_ids(_NAMED.sub(without, line) if names else line)
    drafts = {
        str(each): PaperDraft(title="", arxiv_id=each.base, arxiv_version=each.version)
        for each in found
    }
    return drafts | {doi: PaperDraft(title="", doi=doi) for doi in dois}, list(left)
