"""Everything that can go wrong because of what was asked, as small typed classes.

Services and sources raise them; `app/web/errors.py` makes a page or problem+json of them and
`app/cli.py` one line on stderr. `message` is an English gettext msgid with `{name}` fields, so that
each edge can say it in the reader's language.
"""

import copyreg
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for "translate later")
    """Mark a msgid for extraction; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Message:
    """A msgid and the values of its `{fields}`."""

    text: str
    values: tuple[tuple[str, str | int], ...] = ()

    @classmethod
    def of(cls, text: str, **values: str | int) -> "Message":
        return cls(text, tuple(values.items()))

    def __str__(self) -> str:
        return self.text.format(**dict(self.values))


class Problem(BaseModel):
    """An entry that could not be read: its line, why, and its text, which is kept; `key` is what
    its file calls it, where that can be told. Without `kept` the text is only the names of files
    that were left out: nothing to mend."""

    model_config = ConfigDict(frozen=True)

    line: int
    why: Message
    raw: str
    path: str = ""
    key: str = ""
    kept: bool = True


class CrosswalkError(Exception):
    """An HTTP status, a short title, and a message that says what to do.

    A form that comes back says `problem` above it, and each of `errors` beside its field.
    """

    status = 400
    type = "about:blank"  # of problem+json, where a program may want to tell it from others
    title = N_("The request could not be carried out")

    def __init__(self, text: str, **values: str | int) -> None:
        self.message = Message.of(text, **values)
        self.errors: dict[str, Message] = {}
        super().__init__(str(self.message))

    @property
    def problem(self) -> Message | None:
        """What no field of a form says by itself."""
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        """As it is, into another process: what `__init__` asks for is no longer known."""
        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]


class NotFound(CrosswalkError):
    status = 404
    title = N_("Not found")


class Invalid(CrosswalkError):
    """Input that cannot be taken. `errors` maps a field's name to what is wrong with it."""

    status = 422
    title = N_("Some of this cannot be saved")

    def __init__(self, errors: dict[str, Message]) -> None:
        super().__init__(N_("Nothing was saved. See the fields that are marked."))
        self.errors = errors

    def __str__(self) -> str:
        return "; ".join(f"{field}: {message}" for field, message in self.errors.items())

    @property
    def problem(self) -> None:
        """Nothing: the fields say it."""

    @classmethod
    def field(cls, name: str, text: str, **values: str | int) -> "Invalid":
        """The common case: one field is wrong."""
        return cls({name: Message.of(text, **values)})


class AlreadyHeld(CrosswalkError):
    """What was to be added is in the library already; `url` and `key` name it."""

    status = 409
    title = N_("Already in the library")

    def __init__(self, text: str, *, key: str, url: str, **values: str | int) -> None:
        self.key = key
        self.url = url
        super().__init__(text, **values)


class PerhapsHeld(AlreadyHeld):
    """What was to be added looks like what is in the library; it can be added all the same."""

    type = "urn:crosswalk:perhaps-held"
    title = N_("Perhaps in the library already")


class Conflict(CrosswalkError):
    status = 409
    title = N_("This does not fit with what is there")


class Stale(CrosswalkError):
    """Somebody else saved a newer version first; nothing was overwritten."""

    status = 412
    title = N_("It has changed since you opened it")


def check_version(held: int, expected: int | None) -> None:
    """Raises Stale where a write names a version that is not the one held; None names none."""
    if expected is not None and expected != held:
        raise Stale(
            N_("Somebody saved a newer version. Nothing was overwritten: compare, then save.")
        )


class TooLarge(CrosswalkError):
    status = 413
    title = N_("Too large")


class TooSlow(CrosswalkError):
    """What somebody sends does not arrive."""

    status = 408
    title = N_("Too slow")


class AddressTooLong(TooLarge):
    status = 414


class Refused(CrosswalkError):
    """A request that a browser made from another site, or to a host name that is not ours."""

    status = 403
    title = N_("Refused")


class Damaged(CrosswalkError):
    """A file is not what it was when it was written."""

    status = 500
    title = N_("A file is damaged")


class Unavailable(CrosswalkError):
    """Another service did not answer as it should; trying again later may help."""

    status = 503
    title = N_("Another service is not available")


class ReadOnly(CrosswalkError):
    """The library can be read, and not written."""

    status = 403
    title = N_("The library is read-only")


class DiskFull(CrosswalkError):
    """There is no room for what was to be saved."""

    status = 507
    title = N_("The disk is full")


class Unusable(CrosswalkError):
    """There is no library where one should be, or it is one that this program cannot read."""

    status = 503
    title = N_("The library cannot be used")
