"""What the preview of an import sends back."""

import re

from app.imports.planning.detect_format import pack_files
from app.imports.rules import Correction, ForAll
from app.web.forms import Form

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


def file_from(form: Form) -> tuple[str, bytes]:
    """The file that was handed in, several of them or a folder as one zip; no name where there is
    none."""
    files = [
        (name.replace("\\", "/").lstrip("/"), data)
        for name, data in (*form.files("file"), *form.files("folder"))
        if name
    ]
    if len(files) < 2:
        return next(iter(files), ("", b""))
    tops = {name.split("/")[0] for name, _ in files}
    if len(tops) == 1:  # a folder: its own name is the import's
        top = tops.pop()
        return top, pack_files((name.removeprefix(f"{top}/"), data) for name, data in sorted(files))
    return f"{files[0][0]} +{len(files) - 1}", pack_files(sorted(files))


def corrections_from(form: Form) -> dict[str, Correction]:
    """The reader's word on every row that the preview showed, by entry key."""
    shown = filter(_NUMBER.fullmatch, form.all("row"))
    return {form.get(f"key-{at}"): _correction(form, at) for at in shown if f"key-{at}" in form}


def for_all_from(form: Form) -> ForAll:
    """What every paper of the import gets."""
    return ForAll(
        tags=_tags(form.get("all-tags")),
        techniques=tuple(filter(None, form.all("all-technique"))),
        fields=tuple(filter(None, form.all("all-field"))),
    )


def mends_from(form: Form) -> dict[int, str]:
    """The texts of problems, as the reader mended them, by number."""
    shown = filter(_NUMBER.fullmatch, form.all("problem"))
    return {int(at): form.get(f"mend-{at}").replace("\r\n", "\n") for at in shown}


def _correction(form: Form, at: str) -> Correction:
    def said(name: str) -> str | None:
        return form.get(f"{name}-{at}") if f"{name}-{at}" in form else None

    tags = said("tags")
    return Correction(
        take=f"take-{at}" in form,
        kind=said("kind"),
        title=said("title"),
        verdict=said("verdict"),
        reason=said("reason"),
        tags=None if tags is None else _tags(tags),
        techniques=tuple(form.all(f"technique-{at}")),
        same=said("same"),
        token=said("seen"),
    )


def _tags(written: str) -> tuple[str, ...]:
    found = (tag.strip() for tag in re.split(r"[,，、;；\n]", written))
    return tuple(dict.fromkeys(filter(None, found)))
