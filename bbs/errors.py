"""What can go wrong for a member, with text ready to be shown to them."""


class BBSError(Exception):
    """A refusal in plain words: what happened, what was kept, what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(BBSError):
    """It does not exist, or this member may not see it: the two are the same to them."""


class Forbidden(BBSError):
    """The member can see it and may not do this to it."""


class ShutOut(Forbidden):
    """The member is suspended or banned: one page is left to them, and its words say why."""


class Invalid(BBSError):
    """What was entered cannot be accepted; `field` names the place to mend."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Conflict(BBSError):
    """It changed meanwhile (locked, taken, full): nothing was written."""


class Unconfirmed(Conflict):
    """What it would do has to be agreed to first; the message says what that is. Nothing was written."""


class Overtaken(Conflict):
    """Another of the member's own sessions has saved other words in the same draft."""


class TooFast(BBSError):
    """A limit on how often; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unusable(BBSError):
    """A file or a database that cannot be used as was asked. Nothing was changed."""


class Unreadable(Unusable):
    """A file that holds nothing of what was looked for in it."""


class Unavailable(BBSError):
    """The disk or the database does not answer: nobody's fault who sees this."""


class SignedOut(BBSError):
    """The account changed under the session (banned, new password): it must end."""
