"""Whatever is wrong is an exception in Python's terms, never an allow, and the engine goes on working."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import grantrie_probe
import pytest
from conftest import WORLD

import grantrie
from grantrie import Engine, Subject

# What a type checker would not let pass.
UNTYPED: Any = grantrie
LONE = "aisvc:agent:\ud800"


@pytest.fixture(autouse=True)
def goes_on_working(engine: Engine, ann: Subject) -> Any:
    yield
    if not engine.closed:
        assert ann.is_allowed("READ", "aisvc:agent:7")
        assert not ann.is_allowed("READ", "aisvc:agent:prod-7")
        assert engine.apply({"set_gate": {"service": "other", "gated": True}}) > 1


@pytest.mark.parametrize(
    "call",
    [
        lambda e, s: s.is_allowed("READ", 7),
        lambda e, s: s.is_allowed(None, "a:b:c"),
        lambda e, s: s.is_allowed(b"READ", "a:b:c"),
        lambda e, s: s.is_allowed("READ"),
        lambda e, s: s.is_allowed("READ", "a:b:c", "more"),
        lambda e, s: s.is_allowed("READ", "a:b:c", {"a": 1}),
        lambda e, s: s.is_allowed("READ", "a:b:c", who="ann"),
        lambda e, s: s.is_allowed("READ", "a:b:c", attributes=[1]),
        lambda e, s: s.is_allowed("READ", "a:b:c", attributes={"a": [1]}),
        lambda e, s: s.is_allowed("READ", "a:b:c", attributes={1: 1}),
        lambda e, s: s.is_allowed("READ", "a:b:c", attributes={"a": None}),
        lambda e, s: s.is_allowed("READ", "a:b:c", at=7),
        lambda e, s: s.check_many("READ", "a:b:c"),
        lambda e, s: s.check_many("READ", b"a:b:c"),
        lambda e, s: s.check_many("READ", ["a:b:c", 7]),
        lambda e, s: s.check_many("READ", 7),
        lambda e, s: s.check_many(7, ["a:b:c"]),
        lambda e, s: e.prepare(7, user="ann"),
        lambda e, s: e.prepare("acme", user="ann", groups="staff"),
        lambda e, s: e.prepare("acme", "ann"),
        lambda e, s: e.load(7),
        lambda e, s: e.load_file(7),
        lambda e, s: e.apply(7),
        lambda e, s: e.apply({"set_gate": {1, 2}}),
        lambda e, s: e.check_many([7]),
        lambda e, s: e.check_many(7),
        lambda e, s: UNTYPED.Engine(audit=7),
        lambda e, s: UNTYPED.Engine(limits={"batch_items": "many"}),
        lambda e, s: UNTYPED.Engine(7),
        lambda e, s: UNTYPED.Subject(),
        lambda e, s: UNTYPED.matches(7, "a:b:c"),
    ],
)
def test_wrong_types(engine: Engine, ann: Subject, call: Callable[[Any, Any], object]) -> None:
    with pytest.raises(TypeError):
        call(engine, ann)


@pytest.mark.parametrize(
    "call",
    [
        lambda e, s: s.is_allowed("READ", LONE),
        lambda e, s: s.is_allowed("\udfff", "a:b:c"),
        lambda e, s: s.check("READ", LONE),
        lambda e, s: s.explain("READ", LONE),
        lambda e, s: s.check_many("READ", ["a:b:c", LONE]),
        lambda e, s: s.check_many([LONE], ["a:b:c"]),
        lambda e, s: s.is_allowed("READ", "a:b:c", attributes={"a": LONE}),
        lambda e, s: s.is_allowed("READ", "a:b:c", attributes={LONE: 1}),
        lambda e, s: e.prepare("acme", user=LONE),
        lambda e, s: e.prepare("acme", user="ann", groups=[LONE]),
        lambda e, s: e.is_allowed(LONE, "READ", "a:b:c", user="ann"),
        lambda e, s: e.check_many([{"namespace": "acme", "user": LONE, "action": "READ", "irn": "a:b:c"}]),
        lambda e, s: e.load(LONE),
        lambda e, s: e.apply(LONE),
        lambda e, s: grantrie.check_name(LONE),
    ],
)
def test_lone_surrogates(engine: Engine, ann: Subject, call: Callable[[Any, Any], object]) -> None:
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        call(engine, ann)


@pytest.mark.parametrize(
    ("kind", "name", "field", "call"),
    [
        (grantrie.ParseError, "too_few_segments", "name", lambda e: grantrie.check_name("a:b")),
        (grantrie.ParseError, "misplaced_double_star", "b", lambda e: grantrie.covers("**", "a:**:c")),
        (grantrie.ParseError, "lower_case_action", "action", lambda e: grantrie.check_action("read")),
        (grantrie.ParseError, "wildcard_in_name", "irn", lambda e: grantrie.matches("**", "a:b:*")),
        (grantrie.ParseError, "empty_segment", "covering", lambda e: e.permissions(covering="::")),
        (grantrie.RequestError, "invalid_subject", "user", lambda e: e.prepare("acme")),
        (grantrie.RequestError, "invalid_subject", "groups", lambda e: e.is_allowed("n", "A", "a:b:c", groups=["g"])),
        (grantrie.RequestError, "invalid_id", "user", lambda e: e.prepare("acme", user="")),
        (grantrie.RequestError, "invalid_id", "namespace", lambda e: e.prepare("\0", user="ann")),
        (grantrie.RequestError, "invalid_id", "project", lambda e: e.resolve_subscription("", "ann")),
        (grantrie.RequestError, "invalid_time", "at", lambda e: e.is_allowed("n", "A", "a:b:c", user="u", at="now")),
        (
            grantrie.RequestError,
            "invalid_attribute",
            "attributes",
            lambda e: e.is_allowed("n", "A", "a:b:c", user="u", attributes={"a": float("nan")}),
        ),
        (grantrie.RequestError, "unknown_key", "requests", lambda e: e.check_many([{"name": "x"}])),
        (grantrie.RequestError, "missing_key", "requests", lambda e: e.check_many([{"namespace": "x"}])),
        (grantrie.RequestError, "unknown_principal_kind", "principal_kind", lambda e: e.permissions(principal_kind="x")),
        (grantrie.RequestError, "invalid_argument", "limits", lambda e: Engine(limits={"patience": 1})),
        (grantrie.RequestError, "invalid_argument", "group_conflict", lambda e: UNTYPED.Engine(group_conflict="x")),
        (
            grantrie.RequestError,
            "invalid_argument",
            "action",
            lambda e: e.prepare("acme", user="ann").check_many(["READ"], ["a:b:c", "a:b:d"]),
        ),
        (grantrie.RefusedError, "syntax", "", lambda e: e.load("{")),
        (grantrie.RefusedError, "unreadable", "", lambda e: e.load_file("/nowhere/world.json")),
        (grantrie.RefusedError, "unknown_key", "changes[0]", lambda e: e.apply({"grow": {}})),
        (grantrie.BatchError, "batch_too_large", "", lambda e: e.prepare("acme", user="ann").check_many("A", ["x"] * 100_001)),
        (
            grantrie.BatchError,
            "batch_too_large",
            "",
            lambda e: e.check_many([{"namespace": "n", "action": "A", "irn": "i", "user": "u"}] * 100_001),
        ),
    ],
)
def test_kinds(
    engine: Engine, kind: type[grantrie.GrantrieError], name: str, field: str, call: Callable[[Engine], object]
) -> None:
    with pytest.raises(kind) as raised:
        call(engine)
    error = raised.value
    assert isinstance(error, grantrie.GrantrieError) and isinstance(error, ValueError)
    assert (error.name, error.code) == (name, grantrie.CODES[name])
    assert error.field.startswith(field)
    assert f"[{error.code} {name}]" in str(error)


def test_all_problems_are_listed_and_nothing_is_applied(engine: Engine) -> None:
    before = engine.revision
    with pytest.raises(grantrie.RefusedError) as raised:
        engine.apply(
            [
                {"set_gate": {"service": "aisvc", "gated": True}},
                {"remove_permission": "0190a000-0000-7000-8000-0000000000ff"},
                {"remove_principal": {"_type": "user", "_id": ""}},
            ]
        )
    names = {problem.name for problem in raised.value.problems}
    assert names <= {"unknown_permission", "invalid_id"} and names
    assert raised.value.problems[0].line is not None or raised.value.problems[0].item is not None
    assert engine.revision == before


def test_codes_are_those_of_the_engine() -> None:
    assert grantrie.CODES["lower_case_action"] == 202 and grantrie.CODES["internal"] == 704
    assert len(set(grantrie.CODES.values())) == len(grantrie.CODES)


def test_a_closed_engine_refuses_everything(engine: Engine, ann: Subject) -> None:
    with engine as entered:
        assert entered is engine
    assert engine.closed and repr(engine) == "<Engine, closed>"
    engine.close()
    for call in (
        lambda: ann.is_allowed("READ", "aisvc:agent:7"),
        lambda: ann.check("READ", "aisvc:agent:7"),
        lambda: ann.explain("READ", "aisvc:agent:7"),
        lambda: ann.check_many("READ", ["aisvc:agent:7"] * 100),
        lambda: engine.is_allowed("acme", "READ", "aisvc:agent:7", user="ann"),
        lambda: engine.check_many([]),
        lambda: engine.prepare("acme", user="ann"),
        lambda: engine.load("{}"),
        lambda: engine.apply([]),
        lambda: engine.subscriptions("atlas"),
        lambda: engine.permissions(),
        lambda: engine.counts(),
        lambda: engine.revision,
    ):
        with pytest.raises(grantrie.ClosedError) as raised:
            call()
        assert (raised.value.code, raised.value.name) == (703, "handle_closed")


def test_pickling_and_copying_are_refused_clearly(engine: Engine, ann: Subject) -> None:
    for handle in (engine, ann):
        for way in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="cannot pickle a grantrie"):
                way(handle)


def test_exceptions_can_be_pickled() -> None:
    with pytest.raises(grantrie.ParseError) as raised:
        grantrie.check_name("a:b")
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), again.code, str(again)) == (grantrie.ParseError, 102, str(raised.value))


def test_a_panic_is_an_exception_and_the_engine_goes_on() -> None:
    # An engine whose clock panics, behind the same classes: what asks for the time fails in the middle.
    engine = grantrie_probe.engine_without_clock()
    restored = [{"restore_permission": permission} for permission in WORLD["permissions"]]
    with pytest.raises(grantrie.InternalError, match="the clock fell off the wall") as raised:
        engine.apply(restored)
    assert (raised.value.code, raised.value.name) == (704, "internal")
    for _ in range(3):
        with pytest.raises(grantrie.InternalError):
            engine.load(json.dumps(WORLD))
        assert engine.revision == 0
        subject = engine.prepare("acme", user="ann")
        assert not subject.is_allowed("READ", "aisvc:agent:7")
        assert subject.check_many("READ", ["a:b:c"] * 100) == bytes(100), "nothing asks for the time"


def test_no_bytes_crash_the_reader(engine: Engine) -> None:
    import random

    dice = random.Random(7)
    whole = json.dumps(WORLD).encode()
    for _ in range(2_000):
        broken = bytearray(whole[: dice.randrange(len(whole))])
        for _ in range(dice.randrange(4)):
            broken[dice.randrange(len(broken) + 1) :] = bytes(dice.randrange(256) for _ in range(3))
        with pytest.raises(grantrie.RefusedError):
            engine.load(bytes(broken))
    assert engine.revision == 1
