"""One record taken into another: what a draft adds to a paper, and two papers made one."""

from collections.abc import Sequence

from sqlmodel import Session

from app.library import queries, service
from app.library.rules import check_paper
from app.models import Paper
from app.sources.drafts import PaperDraft


def fill(
    session: Session,
    paper: Paper,
    draft: PaperDraft,
    *,
    tags: Sequence[str] = (),
    techniques: Sequence[str] = (),
    fields: Sequence[str] = (),
) -> list[str]:
    """What `draft` says goes into the fields of `paper` that are empty, and nowhere else.

    A field that the reader has written stays as it is, also where they emptied it. Tags,
    techniques and fields (slugs) are added to those that are there. Returns the names of what was
    filled; the paper's page parts must be loaded.

    Raises:
        Invalid: the draft, or a slug, cannot be saved.
    """
    fresh = check_paper(service.draft_as_input(draft))
    before = service.as_input(paper)
    changes: dict[str, object] = {
        name: getattr(fresh, name)
        for name in (*service.BIBLIOGRAPHIC, "arxiv_id")
        if name not in paper.reader_fields and getattr(fresh, name) and not getattr(before, name)
    }
    if "arxiv_id" in changes and queries.holding(session, arxiv_ids=[fresh.arxiv_id or ""]):
        del changes["arxiv_id"]
    if (paper.arxiv_id or changes.get("arxiv_id")) != fresh.arxiv_id:
        changes.pop("arxiv_version", None)  # of another preprint
    more = {"tags": tags, "techniques": techniques, "fields": fields}
    for name, values in more.items():
        held = getattr(before, name)
        known = {each.casefold() for each in held}
        if new := [each for each in dict.fromkeys(values) if each.casefold() not in known]:
            changes[name] = [*held, *new]
    if changes:
        service.write_over(session, paper, changes)
    return list(changes)
