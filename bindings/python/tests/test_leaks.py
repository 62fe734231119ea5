"""No reference and no memory is lost over a million calls."""

import gc
import resource
import sys
import weakref
from collections.abc import Callable

import pytest

import grantrie
from grantrie import Engine, Subject

CALLS = 1_000_000


def grown(call: Callable[[], object], calls: int) -> tuple[int, int]:
    """How many of Python's blocks, and KiB of the process, are more after this many calls."""
    for _ in range(1_000):
        call()
    gc.collect()
    blocks, memory = sys.getallocatedblocks(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(calls):
        call()
    gc.collect()
    return sys.getallocatedblocks() - blocks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory


def test_a_million_checks(engine: Engine, ann: Subject) -> None:
    action, irn, other = "READ", "aisvc:agent:seven", "aisvc:agent:sévèn"
    attributes = {"tier": 2}
    counted = (action, irn, other, attributes, ann, engine, None, True)
    before = [sys.getrefcount(each) for each in counted]
    blocks, memory = grown(lambda: ann.is_allowed(action, irn), CALLS)
    assert abs(blocks) < 500 and memory < 4_096, (blocks, memory)
    blocks, memory = grown(lambda: ann.check(action, other, attributes=attributes), CALLS)
    assert abs(blocks) < 500 and memory < 4_096, (blocks, memory)
    after = [sys.getrefcount(each) for each in counted]
    assert all(abs(now - then) < 200 for then, now in zip(before, after)), (before, after)


def failing(call: Callable[[], object], kind: type[Exception]) -> Callable[[], None]:
    def made() -> None:
        try:
            call()
        except kind:
            return
        raise AssertionError("did not fail")

    return made


def test_everything_else_many_times(engine: Engine, ann: Subject) -> None:
    names = [f"aisvc:agent:{n}" for n in range(100)]
    change = {"set_gate": {"service": "other", "gated": True}}
    request: grantrie.types.Request = {"namespace": "acme", "user": "ann", "action": "READ", "irn": "aisvc:agent:7"}
    for calls, call in (
        (10_000, lambda: ann.check_many("READ", names)),
        (10_000, lambda: ann.check_many("READ", names, answer="list")),
        (2_000, lambda: ann.check_many("READ", names, answer="decisions")),
        (20_000, lambda: ann.explain("READ", "aisvc:agent:prod-7")),
        (20_000, lambda: engine.prepare("acme", user="ann", groups=["staff"])),
        (20_000, lambda: engine.check_many([request])),
        (20_000, lambda: engine.apply(change)),
        (20_000, lambda: engine.subscriptions("atlas")),
        (20_000, lambda: repr(ann.check("READ", "aisvc:agent:7").valid_until)),
        (20_000, failing(lambda: ann.is_allowed("READ", "\ud800"), UnicodeEncodeError)),
        (20_000, failing(lambda: grantrie.check_name("a:b"), grantrie.ParseError)),
        (20_000, failing(lambda: engine.apply("{"), grantrie.RefusedError)),
        (2_000, lambda: Engine().prepare("acme", user="ann")),
    ):
        blocks, memory = grown(call, calls)
        assert abs(blocks) < 500 and memory < 8_192, (calls, call, blocks, memory)


def test_a_cycle_through_the_audit_is_collected() -> None:
    class Log:
        engine: Engine

        def hear(self, entries: object) -> None: ...

    log = Log()
    log.engine = Engine(audit=log.hear)
    seen = weakref.ref(log.engine)
    del log
    gc.collect()
    assert seen() is None


@pytest.mark.parametrize("kind", [Engine, Subject])
def test_handles_are_freed_with_their_last_name(kind: type, engine: Engine) -> None:
    made = Engine() if kind is Engine else engine.prepare("acme", user="ann")
    assert sys.getrefcount(made) == 2
