"""The shapes of dicts that go in and come out, for type checkers and readers. Keys that would say nothing are absent."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypedDict, Union

Json: TypeAlias = Any
Attributes: TypeAlias = Mapping[str, Union[str, bool, int, float]]
"""What is known of a resource. `None` is nothing known; `{}` is known to have none."""
Instant: TypeAlias = Union[datetime, str]
"""A `datetime` with a zone, or RFC 3339."""
Reason: TypeAlias = Literal["granted", "denied", "no_grant", "not_subscribed", "invalid"]
Level: TypeAlias = Literal["user", "group", "project", "default", "no_project", "no_user"]
PrincipalKind: TypeAlias = Literal["user", "usergroup", "permprofile"]


class _Asked(TypedDict):
    namespace: str
    action: str
    irn: str


class Request(_Asked, total=False):
    """One request of a batch; the keys are those of a JSON request."""

    user: str | None
    groups: Iterable[str] | None
    permprofiles: Iterable[str] | None
    project: str | None
    attributes: Attributes | None
    at: Instant | None


class Principal(TypedDict):
    _type: PrincipalKind
    _id: str


class Considered(TypedDict):
    """A permission that was considered, and the way by which it reached the subject."""

    permission: dict[str, Json]
    outcome: Literal["applies", "wrong_action", "criteria_unknown", "criteria_differ", "not_yet", "expired"]
    path: list[Principal]


class InvalidField(TypedDict):
    field: str
    code: int
    name: str
    offset: int


class _Explained(TypedDict):
    allowed: bool
    reason: Reason
    considered: list[Considered]
    unlisted: int


class Explanation(_Explained, total=False):
    permission: str
    valid_until: str
    decided_by: Level
    message: str
    error: InvalidField


class PermissionPage(TypedDict):
    _list: list[dict[str, Json]]
    _offset: int
    _pageSize: int
    _total: int


class _GroupRow(TypedDict):
    group_id: str
    ai_func: bool


class GroupRow(_GroupRow, total=False):
    group_name: str


class _UserRow(TypedDict):
    user_id: str
    ai_func: bool


class UserRow(_UserRow, total=False):
    user_name: str
    user_phone: str


class _Subscriptions(TypedDict):
    project_id: str
    groups: list[GroupRow]
    users: list[UserRow]
    total_count: int


class Subscriptions(_Subscriptions, total=False):
    ai_func: bool


class Row(TypedDict, total=False):
    """Whose row: one of these."""

    project_id: str
    group_id: str
    user_id: str


class Resolution(TypedDict):
    project_id: str
    user_id: str
    ai_func: bool
    decided_by: Literal["user", "group", "project", "default"]
    rows: list[Row]


class Counts(TypedDict):
    permissions: int
    patterns: int
    principals: int
    namespaces: int
    projects: int


class _AuditEntry(TypedDict):
    revision: int
    at: str
    change: dict[str, Json]
    before: list[dict[str, Json]]


class AuditEntry(_AuditEntry, total=False):
    """One effect. `change` is as in a change file; `before` lists the changes that would bring back what was there."""

    actor: str
