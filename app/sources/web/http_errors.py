"""What can go wrong with any server that is asked, each with a message that says what to do."""

import math

from app.errors import N_, Unavailable


class SourceUnavailable(Unavailable):
    """It could not be asked, or its answer is of no use. Each subclass is one reason."""

    text = ""

    def __init__(self, source: str, **values: str | int) -> None:
        super().__init__(self.text, source=source, **values)


class SourceUnreachable(SourceUnavailable):
    text = N_("{source} cannot be reached. Check the network.")


class SourceTimeout(SourceUnavailable):
    text = N_("{source} did not answer within {seconds} seconds. Try again.")


class SourceAsksToWait(SourceUnavailable):
    """HTTP 429 or 503; until the time it names, nothing more is sent from this library."""

    text = N_("{source} asks to wait {seconds} s. Try again then.")

    def __init__(self, source: str, seconds: float) -> None:
        self.seconds = math.ceil(seconds)
        super().__init__(source, seconds=self.seconds)


class SourceBusy(SourceUnavailable):
    """Our own requests stand in line for the one connection that is ours."""

    text = N_("Other requests to {source} are waiting for their turn. Try again in a minute.")


class SourceFailed(SourceUnavailable):
    text = N_("{source} failed (HTTP {status}). Try again later.")


class SourceTooLong(SourceUnavailable):
    text = N_("{source} sends more than can be a description of papers. Try again later.")


class SourceLeadsAstray(SourceUnavailable):
    """A redirection that is not followed: too many of them, or into a private network."""

    text = N_("{source} sends us on to where nothing is asked for. Fill in what its page says.")
