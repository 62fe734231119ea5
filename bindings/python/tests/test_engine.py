"""What the engine answers, in Python's terms."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType

import pytest
from conftest import WORLD

import grantrie
from grantrie import Engine, Subject

GRANT = {
    "upsert_permission": {
        "_namespace": "acme",
        "_user": {"_type": "user", "_id": "cem"},
        "_resourceDesc": {"_irn": "aisvc:agent:*"},
        "_actions": ["READ"],
    }
}
GATE = {"set_gate": {"service": "aisvc", "gated": True}}


def test_a_subject_is_asked_by_position_or_keyword(ann: Subject) -> None:
    assert ann.is_allowed("READ", "aisvc:agent:7") is True
    assert ann.is_allowed(irn="aisvc:agent:prod-7", action="READ") is False
    assert ann.is_allowed("EDIT", "aisvc:agent:7") is False


def test_a_decision_is_true_only_if_allowed(ann: Subject) -> None:
    granted = ann.check("READ", "aisvc:agent:7")
    assert granted and granted.allowed
    assert (granted.reason, granted.permission) == ("granted", "0190a000-0000-7000-8000-000000000001")
    assert granted.valid_until is None and granted.revision == 1
    denied = ann.check("READ", "aisvc:agent:prod-7")
    assert not denied and (denied.reason, denied.permission) == ("denied", "0190a000-0000-7000-8000-000000000002")
    assert granted != denied and granted == ann.check("READ", "aisvc:agent:8")
    assert repr(granted) == "<Decision allowed: granted by permission 0190a000-0000-7000-8000-000000000001>"


def test_an_invalid_request_is_a_decision_that_says_so(ann: Subject) -> None:
    lower = ann.check("read", "aisvc:agent:7")
    assert not lower and (lower.reason, lower.field, lower.code) == ("invalid", "action", 202)
    wild = ann.check("READ", "aisvc:agent:*")
    assert not wild and (wild.field, wild.code) == ("irn", grantrie.CODES["wildcard_in_name"])
    assert "at byte 12" in wild.message
    assert ann.is_allowed("READ", "aisvc:agent:*") is False
    assert ann.is_allowed("READ", "") is False


def test_attributes_and_instants(ann: Subject) -> None:
    before, at = datetime(2029, 1, 1, tzinfo=timezone(timedelta(hours=8))), "2030-01-01T00:00:00Z"
    ask = ("RUN", "aisvc:tool:hammer")
    assert not ann.is_allowed(*ask, at=before)
    for tier in (2, 2.0):
        assert ann.is_allowed(*ask, attributes={"tier": tier}, at=before)
    assert ann.is_allowed(*ask, attributes=MappingProxyType({"tier": 2}), at=before)
    for other in (3, 2.5, True, "2", 2**70):
        assert not ann.is_allowed(*ask, attributes={"tier": other}, at=before)
    assert not ann.is_allowed(*ask, attributes={"tier": 2}, at=at)
    decision = ann.check(*ask, attributes={"tier": 2}, at=before)
    assert decision.valid_until == datetime(2030, 1, 1, tzinfo=timezone.utc)
    assert decision.valid_until_micros == 1_893_456_000_000_000


def test_a_batch_says_what_single_checks_say(ann: Subject) -> None:
    names = [f"aisvc:{kind}:{number}" for kind in ("agent", "tool", "*") for number in ("7", "prod-7", "")] * 20
    single = [ann.is_allowed("READ", name) for name in names]
    assert any(single) and not all(single)
    assert ann.check_many("READ", names) == bytes(single)
    assert ann.check_many("READ", tuple(names), answer="list") == single
    assert ann.check_many("READ", (name for name in names), answer="bytes") == bytes(single)
    assert [bool(each) for each in ann.check_many("READ", names, answer="decisions")] == single
    assert ann.check_many("READ", names, answer="decisions")[0] == ann.check("READ", names[0])
    assert ann.check_many(["READ", "EDIT"], ["aisvc:agent:7"] * 2) == b"\1\0"
    assert ann.check_many("READ", []) == b"" and ann.check_many([], [], answer="list") == []
    assert ann.check_many("RUN", ["aisvc:tool:x"], attributes={"tier": 2}, at="2029-01-01T00:00:00Z") == b"\1"


def test_requests_name_who_asks(engine: Engine) -> None:
    def asked(**who: object) -> bool:
        return engine.is_allowed("acme", "READ", "aisvc:agent:7", **who)  # type: ignore[arg-type]

    assert asked(user="ann") and not asked(user="bob")
    assert asked(user="bob", groups=["staff"]) and not asked(user="ann", groups=[])
    assert not asked(permprofiles=["job"])
    decision = engine.check("acme", "READ", "aisvc:agent:7", user="ann")
    assert decision.reason == "granted"
    answers = engine.check_many(
        [
            {"namespace": "acme", "user": "ann", "action": "READ", "irn": "aisvc:agent:7"},
            {"namespace": "acme", "user": "bob", "groups": ["staff"], "action": "READ", "irn": "aisvc:agent:prod-7"},
            {"namespace": "acme", "permprofiles": ["job"], "action": "READ", "irn": "aisvc:agent:7", "at": None},
        ]
    )
    assert [answer.reason for answer in answers] == ["granted", "denied", "no_grant"]
    assert answers[0] == decision


def test_an_explanation_lists_what_was_considered(engine: Engine, ann: Subject) -> None:
    explained = ann.explain("READ", "aisvc:agent:prod-7")
    assert explained == engine.explain("acme", "READ", "aisvc:agent:prod-7", user="ann")
    assert explained["allowed"] is False and explained["reason"] == "denied"
    assert [entry["outcome"] for entry in explained["considered"]] == ["applies", "applies"]
    assert [step["_id"] for step in explained["considered"][0]["path"]] == ["ann", "staff"]
    assert engine.prepare("acme", permprofiles=["job"]).explain("READ", "a:b:c")["considered"] == []


def test_changes_are_dicts_or_json(engine: Engine) -> None:
    cem = engine.prepare("acme", user="cem")
    assert not cem.is_allowed("READ", "aisvc:agent:7")
    revision = engine.apply(GRANT)
    assert cem.is_allowed("READ", "aisvc:agent:7")
    assert engine.apply([GRANT]) == revision == engine.revision
    assert engine.apply({"actor": "ops", "changes": [GATE]}) == revision + 1
    assert cem.check("READ", "aisvc:agent:7").decided_by == "no_project"
    assert engine.prepare("acme", user="cem", project="atlas").is_allowed("READ", "aisvc:agent:7")
    assert engine.apply(json.dumps({"changes": [GATE]})) == revision + 1
    opened = json.dumps({"changes": [{"set_gate": {"service": "aisvc", "gated": False}}]}).encode()
    assert engine.apply(opened, actor="ops") == revision + 2


def test_the_audit_hears_of_every_effect_in_order() -> None:
    heard: list[grantrie.types.AuditEntry] = []
    engine = Engine(audit=heard.extend)
    engine.load(json.dumps(WORLD))
    engine.apply(GATE, actor="ops")
    engine.apply(GATE, actor="nobody")
    assert [entry["revision"] for entry in heard] == [1] * (len(heard) - 1) + [2]
    last = heard[-1]
    assert (last.get("actor"), last["change"]) == ("ops", GATE)
    assert last["before"] == [{"set_gate": {"service": "aisvc", "gated": False}}]
    engine.apply(last["before"])
    assert heard[-1]["before"] == [GATE]
    engine.apply({"remove_principal": {"_type": "usergroup", "_id": "staff"}})
    assert len(heard[-1]["before"]) == 3, "two grants and a membership can be brought back"


def test_an_audit_may_ask_and_change_the_engine() -> None:
    revisions: list[int] = []

    def hear(entries: list[grantrie.types.AuditEntry]) -> None:
        revisions.append(entries[0]["revision"])
        if len(revisions) == 1:
            assert engine.apply(GRANT) == 2

    engine = Engine(audit=hear)
    assert engine.apply(GATE) == 1
    assert revisions == [1, 2]


def test_an_audit_that_raises_does_not_make_a_change_look_unmade(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    reported: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda said: reported.append(said.exc_value))
    engine = Engine(audit=lambda entries: 1 / 0)
    assert engine.apply(GATE) == 1
    assert isinstance(reported[0], ZeroDivisionError)
    assert engine.apply(GRANT) == 2


def test_subscriptions_and_lists(engine: Engine) -> None:
    rows = engine.subscriptions("atlas")
    assert (rows["ai_func"], rows["total_count"], rows["users"][0]["user_id"]) == (True, 1, "bob")
    assert engine.subscriptions("atlas", offset=1, limit=5)["users"] == []
    assert engine.resolve_subscription("atlas", "ann")["decided_by"] == "project"
    bob = engine.resolve_subscription("atlas", "bob", groups=["staff"])
    assert (bob["ai_func"], bob["decided_by"], bob["rows"]) == (False, "user", [{"user_id": "bob"}])
    page = engine.permissions(covering="aisvc:agent:prod-7", namespaces=["acme"], limit=1)
    assert (page["_total"], len(page["_list"])) == (2, 1)
    assert engine.permissions(covered_by="aisvc:tool:*", principal_kind="user", principal_id="ann")["_total"] == 1
    assert engine.counts()["permissions"] == 3


def test_group_conflict_and_limits() -> None:
    rows = [
        {"add_membership": {"member": {"_type": "user", "_id": "u"}, "of": {"_type": "usergroup", "_id": g}}} for g in "ab"
    ] + [{"set_subscription": {"project_id": "p", "group_id": g, "ai_func": g == "a"}} for g in "ab"]
    for conflict, enabled in (("disabled_wins", False), ("enabled_wins", True)):
        engine = Engine(group_conflict=conflict)  # type: ignore[arg-type]
        engine.apply(rows)
        assert engine.resolve_subscription("p", "u")["ai_func"] is enabled
    with pytest.raises(grantrie.RefusedError) as refused:
        Engine(limits={"changes_per_set": 1}).apply(rows)
    assert refused.value.name == "change_set_too_large"


def test_files(tmp_path: Path) -> None:
    world = tmp_path / "world.json"
    world.write_text(json.dumps(WORLD))
    engine = Engine()
    assert engine.load_file(world) == 1
    assert Engine().load_file(str(world)) == 1
    assert engine.load(b'{"gates": ["aisvc"]}') == 2


def test_names_and_patterns() -> None:
    assert grantrie.matches("aisvc:agent:*", "aisvc:agent:7")
    assert grantrie.covers("aisvc:**", "aisvc:agent:*") and not grantrie.covers("aisvc:agent:*", "aisvc:**")
    assert grantrie.overlaps("a:b:x*", "a:b:*y")
    grantrie.check_name("a:b:c")
    grantrie.check_pattern("**")
    grantrie.check_action("READ")


def test_a_subject_follows_changes_and_outlives_its_engine(engine: Engine, ann: Subject) -> None:
    engine.apply({"remove_membership": {"member": {"_type": "user", "_id": "ann"}, "of": {"_type": "usergroup", "_id": "staff"}}})
    assert not ann.is_allowed("READ", "aisvc:agent:7")
    other = Engine()
    other.load(json.dumps(WORLD))
    subject = other.prepare("acme", user="ann")
    del other
    assert subject.is_allowed("READ", "aisvc:agent:7")
    assert repr(subject) == '<Subject "ann" in "acme">'
