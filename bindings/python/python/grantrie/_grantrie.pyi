from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from os import PathLike
from types import TracebackType
from typing import Literal, NoReturn, SupportsIndex, final, overload

from .types import (
    Attributes,
    AuditEntry,
    Counts,
    Explanation,
    Instant,
    Json,
    Level,
    PermissionPage,
    PrincipalKind,
    Reason,
    Request,
    Resolution,
    Subscriptions,
)

__all__ = [
    "Decision",
    "Engine",
    "Subject",
    "_after_fork_in_child",
    "_after_fork_in_parent",
    "_before_fork",
    "_codes",
    "check_action",
    "check_name",
    "check_pattern",
    "covers",
    "matches",
    "overlaps",
]

@final
class Decision:
    """The answer to a check; true only if it is allowed."""

    @property
    def allowed(self) -> bool: ...
    @property
    def reason(self) -> Reason: ...
    @property
    def permission(self) -> str | None:
        """The id of the permission that granted or denied."""
    @property
    def decided_by(self) -> Level | None:
        """The level that decided a subscription, where that was the reason."""
    @property
    def field(self) -> str | None:
        """The field that makes the request invalid."""
    @property
    def code(self) -> int | None:
        """The stable code of what makes the request invalid."""
    @property
    def message(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def valid_until(self) -> datetime | None:
        """The first instant at which time alone could change the answer; `None` for never."""
    @property
    def valid_until_micros(self) -> int | None: ...
    def __bool__(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Subject:
    """A subject in a namespace, prepared for many checks. It always answers from the engine's newest state."""

    def is_allowed(
        self, action: str, irn: str, *, attributes: Attributes | None = None, at: Instant | None = None
    ) -> bool:
        """Whether the subject may do this. Copies nothing; an invalid action or name is not allowed."""
    def check(
        self, action: str, irn: str, *, attributes: Attributes | None = None, at: Instant | None = None
    ) -> Decision:
        """The decision, with its reason."""
    def explain(
        self, action: str, irn: str, *, attributes: Attributes | None = None, at: Instant | None = None
    ) -> Explanation:
        """The decision, with every permission that was considered."""
    @overload
    def check_many(
        self,
        action: str | Iterable[str],
        irns: Iterable[str],
        *,
        attributes: Attributes | None = None,
        at: Instant | None = None,
        answer: Literal["bytes"] = "bytes",
    ) -> bytes:
        """Decides many names on one state, for one action or an action each: a byte for each, 1 where it is allowed."""
    @overload
    def check_many(
        self,
        action: str | Iterable[str],
        irns: Iterable[str],
        *,
        attributes: Attributes | None = None,
        at: Instant | None = None,
        answer: Literal["list"],
    ) -> list[bool]: ...
    @overload
    def check_many(
        self,
        action: str | Iterable[str],
        irns: Iterable[str],
        *,
        attributes: Attributes | None = None,
        at: Instant | None = None,
        answer: Literal["decisions"],
    ) -> list[Decision]: ...
    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn: ...

@final
class Engine:
    """Permissions, memberships and subscriptions in memory. Any thread may use it at any time."""

    def __new__(
        cls,
        *,
        group_conflict: Literal["disabled_wins", "enabled_wins"] = "disabled_wins",
        limits: dict[str, int] | None = None,
        audit: Callable[[list[AuditEntry]], object] | None = None,
    ) -> Engine: ...
    def load(self, document: str | bytes) -> int:
        """Loads a world file that is in memory, all of it or nothing: the revision."""
    def load_file(self, path: str | PathLike[str]) -> int:
        """Loads a world file, all of it or nothing: the revision."""
    def apply(
        self,
        changes: str | bytes | Mapping[str, Json] | Iterable[Mapping[str, Json]],
        *,
        actor: str | None = None,
    ) -> int:
        """Applies a change file, a list of changes or one change, all of it or nothing: the revision."""
    def prepare(
        self,
        namespace: str,
        *,
        user: str | None = None,
        groups: Iterable[str] | None = None,
        permprofiles: Iterable[str] | None = None,
        project: str | None = None,
    ) -> Subject:
        """Prepares a user (with the named groups and profiles, or those of the directory) or one profile alone."""
    def is_allowed(
        self,
        namespace: str,
        action: str,
        irn: str,
        *,
        user: str | None = None,
        groups: Iterable[str] | None = None,
        permprofiles: Iterable[str] | None = None,
        project: str | None = None,
        attributes: Attributes | None = None,
        at: Instant | None = None,
    ) -> bool:
        """Whether a request is allowed. Whoever asks more than once prepares the subject."""
    def check(
        self,
        namespace: str,
        action: str,
        irn: str,
        *,
        user: str | None = None,
        groups: Iterable[str] | None = None,
        permprofiles: Iterable[str] | None = None,
        project: str | None = None,
        attributes: Attributes | None = None,
        at: Instant | None = None,
    ) -> Decision:
        """The decision, with its reason."""
    def explain(
        self,
        namespace: str,
        action: str,
        irn: str,
        *,
        user: str | None = None,
        groups: Iterable[str] | None = None,
        permprofiles: Iterable[str] | None = None,
        project: str | None = None,
        attributes: Attributes | None = None,
        at: Instant | None = None,
    ) -> Explanation:
        """The decision, with every permission that was considered."""
    def check_many(self, requests: Iterable[Request]) -> list[Decision]:
        """Decides many requests on one state."""
    def permissions(
        self,
        *,
        namespaces: Iterable[str] | None = None,
        covering: str | None = None,
        covered_by: str | None = None,
        principal_kind: PrincipalKind | None = None,
        principal_id: str | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> PermissionPage:
        """Permissions by id: all that is given must hold."""
    def subscriptions(self, project: str, *, offset: int = 0, limit: int | None = None) -> Subscriptions:
        """A project's subscription rows; `offset` and `limit` count users."""
    def resolve_subscription(self, project: str, user: str, *, groups: Iterable[str] | None = None) -> Resolution:
        """What a user's rows come to in a project, and which rows decided."""
    def counts(self) -> Counts: ...
    @property
    def revision(self) -> int: ...
    def close(self) -> None:
        """Refuses every further call, on subjects too. The memory goes with the last handle."""
    @property
    def closed(self) -> bool: ...
    def __enter__(self) -> Engine: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn: ...

def matches(pattern: str, irn: str) -> bool:
    """Whether a pattern matches a name."""

def covers(a: str, b: str) -> bool:
    """Whether every name that `b` matches is matched by `a`."""

def overlaps(a: str, b: str) -> bool:
    """Whether some name is matched by both patterns."""

def check_name(text: str) -> None:
    """Raises `ParseError` unless the text is a concrete name."""

def check_pattern(text: str) -> None:
    """Raises `ParseError` unless the text is a pattern."""

def check_action(text: str) -> None:
    """Raises `ParseError` unless the text is an action's name."""

def _codes() -> dict[str, int]: ...
def _before_fork() -> None: ...
def _after_fork_in_parent() -> None: ...
def _after_fork_in_child() -> None: ...
