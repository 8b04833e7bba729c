"""The JSON routes of the vocabularies."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Body, Query, Response
from sqlmodel import Session

from app.benchmarks.service import mappings_by_issue
from app.kit.json_fields import needs
from app.models import Issue, Technique
from app.vocabularies import service
from app.vocabularies.rules import IssueInput, TermInput
from app.vocabularies.schemas import IssueItem, TechniqueItem, list_whole
from app.web.dependencies import Db, Listing, format_etag
from app.web.forms import IfMatch
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["vocabularies"])

_NAMED = Body(json_schema_extra=needs(("name_en", "name_zh")))
_AddedTechnique = Annotated[TermInput, _NAMED]
_AddedIssue = Annotated[IssueInput, _NAMED]

Search = Annotated[str, Query(max_length=1000, description="part of a name or synonym")]


def term_values(session: Session, terms: Sequence[Technique | Issue]) -> list[dict[str, object]]:
    typed = service.as_inputs(session, terms)
    mapped = mappings_by_issue(session, [t.id for t in terms if isinstance(t, Issue)])
    return [
        {
            **each.model_dump(),
            "version": term.version,
            "benchmarks": [
                {
                    "benchmark": mapping.category.benchmark.slug,
                    "category": mapping.category.code,
                    "strength": mapping.strength,
                }
                for mapping in (mapped.get(term.id, ()) if isinstance(term, Issue) else ())
            ],
        }
        for each, term in zip(typed, terms, strict=True)
    ]


def _terms(
    session: Session, model: type[Technique] | type[Issue], q: str
) -> list[dict[str, object]]:
    found = service.find_terms(session, model, q)
    branches = [each for group in found.groups for tree in group.trees for each in tree]
    return term_values(session, [each.term for each in branches if each.is_hit])


def _technique(session: Session, term: Technique, response: Response) -> TechniqueItem:
    response.headers["ETag"] = format_etag(term.version)
    return TechniqueItem.model_validate(term_values(session, [term])[0])


def _issue(session: Session, term: Issue, response: Response) -> IssueItem:
    response.headers["ETag"] = format_etag(term.version)
    return IssueItem.model_validate(term_values(session, [term])[0])


@router.get("/techniques")
def techniques(db: Db, q: Search = "") -> Listing[TechniqueItem]:
    """All techniques, as the tree is read: parents before children."""
    with db.read() as session:
        return list_whole(
            [TechniqueItem.model_validate(each) for each in _terms(session, Technique, q)]
        )


@router.post("/techniques", status_code=201)
def add_technique(db: Db, given: _AddedTechnique, response: Response) -> TechniqueItem:
    """A new technique; its slug is made from its name where none is given."""
    with db.write() as session:
        term = service.create_term(session, Technique, given)
        response.headers["Location"] = f"/api/v1/techniques/{quote(term.slug)}"
        return _technique(session, term, response)


@router.get("/techniques/{slug}")
def technique(db: Db, slug: str, response: Response) -> TechniqueItem:
    """A technique with its names, synonyms and definitions."""
    with db.read() as session:
        return _technique(session, service.get_term(session, Technique, slug), response)


@router.patch("/techniques/{slug}")
def change_technique(
    db: Db, slug: str, patch: TermInput, version: IfMatch, response: Response
) -> TechniqueItem:
    """Changes what the body names; all else stays."""
    with db.write() as session:
        term = service.get_term(session, Technique, slug)
        given = service.term_as_input(session, term).model_copy(update=_changes(patch))
        service.update_term(session, term, given, version=version)
        return _technique(session, term, response)


@router.delete("/techniques/{slug}", status_code=204)
def delete_technique(db: Db, slug: str, version: IfMatch) -> None:
    """Refused (409) while papers, claims, comparisons or other techniques use it."""
    with db.write() as session:
        service.delete_entry(session, service.get_term(session, Technique, slug), version=version)


@router.get("/issues")
def issues(db: Db, q: Search = "") -> Listing[IssueItem]:
    """All issues, field by field, parents before children."""
    with db.read() as session:
        return list_whole([IssueItem.model_validate(each) for each in _terms(session, Issue, q)])


@router.post("/issues", status_code=201)
def add_issue(db: Db, given: _AddedIssue, response: Response) -> IssueItem:
    """A new issue; its slug is made from its name where none is given."""
    with db.write() as session:
        term = service.create_term(session, Issue, given)
        response.headers["Location"] = f"/api/v1/issues/{quote(term.slug)}"
        return _issue(session, term, response)


@router.get("/issues/{slug}")
def issue(db: Db, slug: str, response: Response) -> IssueItem:
    """An issue with its names, synonyms and definitions."""
    with db.read() as session:
        return _issue(session, service.get_term(session, Issue, slug), response)


@router.patch("/issues/{slug}")
def change_issue(
    db: Db, slug: str, patch: IssueInput, version: IfMatch, response: Response
) -> IssueItem:
    """Changes what the body names; all else stays."""
    with db.write() as session:
        term = service.get_term(session, Issue, slug)
        given = service.term_as_input(session, term).model_copy(update=_changes(patch))
        service.update_term(session, term, given, version=version)
        return _issue(session, term, response)


@router.delete("/issues/{slug}", status_code=204)
def delete_issue(db: Db, slug: str, version: IfMatch) -> None:
    """Refused (409) while claims, rulings, comparisons or other issues use it."""
    with db.write() as session:
        service.delete_entry(session, service.get_term(session, Issue, slug), version=version)


def _changes(patch: TermInput) -> dict[str, object]:
    return {name: getattr(patch, name) for name in patch.model_fields_set}
