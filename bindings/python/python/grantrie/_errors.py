"""What is raised. The extension module makes these; see `errors.rs`."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One problem: what, in which field and item, and where in a text."""

    code: int
    name: str
    field: str
    message: str
    item: int | None
    """The index of the offending item, from 0."""
    offset: int | None
    """The byte offset in the field's text."""
    line: int | None
    column: int | None


class GrantrieError(Exception):
    """Whatever this package raises by itself. Wrong types are `TypeError`, lone surrogates `UnicodeEncodeError`."""

    problems: list[Problem]
    """All problems that are listed; never empty."""
    unlisted: int
    """How many more there are."""

    def __init__(self, message: str, problems: list[Problem], unlisted: int = 0) -> None:
        super().__init__(message, problems, unlisted)
        self.problems = problems
        self.unlisted = unlisted

    def __str__(self) -> str:
        return str(self.args[0])

    @property
    def code(self) -> int:
        """The stable number of the first problem."""
        return self.problems[0].code

    @property
    def name(self) -> str:
        """The stable name of the first problem."""
        return self.problems[0].name

    @property
    def field(self) -> str:
        """The field of the first problem; empty where there is none."""
        return self.problems[0].field

    @property
    def offset(self) -> int | None:
        """The byte offset of the first problem."""
        return self.problems[0].offset


class ParseError(GrantrieError, ValueError):
    """A text is no name, pattern or action."""


class RequestError(GrantrieError, ValueError):
    """A request, a subject's names or a setting is wrong."""


class RefusedError(GrantrieError, ValueError):
    """A change set or a world file was refused; nothing of it was applied."""


class BatchError(GrantrieError, ValueError):
    """A batch has more items than the limit."""


class ClosedError(GrantrieError, RuntimeError):
    """The engine was closed."""


class InternalError(GrantrieError, RuntimeError):
    """A fault of the library. Nothing was allowed and nothing was changed; the engine goes on working."""
