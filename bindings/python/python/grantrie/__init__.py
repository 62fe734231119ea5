"""Embedded policy evaluation: may this subject do this here?

An `Engine` keeps permissions, memberships and subscriptions in memory. `Engine.prepare` looks a subject's names up once;
the `Subject` answers many checks. Whatever is wrong ends in an exception or in a decision that denies, never in an allow.
"""

import os as _os

from . import types
from ._errors import (
    BatchError,
    ClosedError,
    GrantrieError,
    InternalError,
    ParseError,
    Problem,
    RefusedError,
    RequestError,
)
from ._grantrie import (
    Decision,
    Engine,
    Subject,
    _after_fork_in_child,
    _after_fork_in_parent,
    _before_fork,
    _codes,
    check_action,
    check_name,
    check_pattern,
    covers,
    matches,
    overlaps,
)

CODES: dict[str, int] = _codes()
"""Every error code's name and number; the same in every language. A number is never used again."""

# A fork waits for writers and batches of other threads: see "Threads and fork" in the README.
if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
    )

__all__ = [
    "CODES",
    "BatchError",
    "ClosedError",
    "Decision",
    "Engine",
    "GrantrieError",
    "InternalError",
    "ParseError",
    "Problem",
    "RefusedError",
    "RequestError",
    "Subject",
    "check_action",
    "check_name",
    "check_pattern",
    "covers",
    "matches",
    "overlaps",
    "types",
]
