"""The package as a face of the corpus: the protocol is in crates/testkit/src/corpus/host_face.rs.

    cargo run -p grantrie-testkit --bin corpus -- python bindings/python/tests/corpus_face.py
"""

import json
import sys
from typing import Any
from urllib.parse import parse_qs, urlencode

import grantrie

Question = dict[str, list[str]]
Answer = list[tuple[str, object]]


class Face:
    def __init__(self) -> None:
        self.engine = grantrie.Engine()
        self.entries = 0

    def hear(self, entries: list[Any]) -> None:
        self.entries += len(entries)

    def load(self, ask: Question) -> Answer:
        conflict = "enabled_wins" if ask["enabled_wins"] == ["true"] else "disabled_wins"
        self.engine = grantrie.Engine(group_conflict=conflict, audit=self.hear)  # type: ignore[arg-type]
        self.engine.load(ask["world"][0])
        return [("ok", True)]

    def asked(self, ask: Question) -> tuple[dict[str, Any], dict[str, Any]]:
        """Who asks, and what is known of the question."""
        kind, ident = ask["kind"][0], ask["id"][0]
        named = {"groups": ask.get("group", []), "permprofiles": ask.get("permprofile", [])}
        who: dict[str, Any] = {"permprofiles": [ident]} if kind == "permprofile" else {"user": ident}
        if kind == "named":
            who |= named
        if "project" in ask:
            who["project"] = ask["project"][0]
        known: dict[str, Any] = {"at": ask["at"][0]} if "at" in ask else {}
        if "attributes" in ask:
            known["attributes"] = json.loads(ask["attributes"][0])
        return who, known

    def check(self, ask: Question) -> Answer:
        who, known = self.asked(ask)
        texts: Any = {key: ask[key][0] for key in ("namespace", "action", "irn")}
        decision = self.engine.check(**texts, **who, **known)
        explained = self.engine.explain(**texts, **who, **known)
        assert (explained["allowed"], explained["reason"]) == (decision.allowed, decision.reason), "explain differs"
        request: Any = texts | who | known
        assert self.engine.check_many([request] * 2) == [decision] * 2, "the batch differs"
        answer: Answer = [("allowed", decision.allowed), ("reason", decision.reason)]
        for name in ("permission", "decided_by", "field", "valid_until_micros"):
            value = getattr(decision, name)
            if value is not None:
                answer.append((name, value))
        return answer

    def is_allowed(self, ask: Question) -> Answer:
        who, known = self.asked(ask)
        namespace, action, irn = (ask[key][0] for key in ("namespace", "action", "irn"))
        allowed = self.engine.is_allowed(namespace, action, irn, **who, **known)
        try:
            subject = self.engine.prepare(namespace, **who)
        except grantrie.RequestError:
            assert not allowed, "an invalid subject is allowed"
        else:
            prepared = subject.is_allowed(action, irn, **known), subject.check(action, irn, **known).allowed
            batch = subject.check_many(action, [irn] * 2, **known)
            assert (prepared, batch) == ((allowed,) * 2, bytes([allowed] * 2)), "the prepared subject differs"
        return [("allowed", allowed)]

    def matches(self, ask: Question) -> Answer:
        try:
            return [("answer", grantrie.matches(ask["pattern"][0], ask["irn"][0]))]
        except grantrie.ParseError as error:
            # A text that is no name is matched by nothing.
            return [("answer", False)] if error.field == "irn" else []

    def covers(self, ask: Question) -> Answer:
        return [("answer", grantrie.covers(ask["a"][0], ask["b"][0]))]

    def overlaps(self, ask: Question) -> Answer:
        return [("answer", grantrie.overlaps(ask["a"][0], ask["b"][0]))]

    def parse(self, ask: Question) -> Answer:
        check = {"name": grantrie.check_name, "pattern": grantrie.check_pattern, "action": grantrie.check_action}
        try:
            check[ask["as"][0]](ask["text"][0])
        except grantrie.ParseError as error:
            return [("code", error.code), ("offset", error.offset)]
        return [("ok", True)]

    def resolve(self, ask: Question) -> Answer:
        groups = ask.get("group", []) if ask["kind"] == ["named"] else None
        return [("json", json.dumps(self.engine.resolve_subscription(ask["project"][0], ask["user"][0], groups=groups)))]

    def lookup(self, ask: Question) -> Answer:
        relation = "covered_by" if ask["pattern_match"] == ["true"] else "covering"
        page = self.engine.permissions(namespaces=ask["namespace"], **{relation: ask["irn"][0]})  # type: ignore[arg-type]
        return [("json", json.dumps(page))]

    def rows(self, ask: Question) -> Answer:
        return [("json", json.dumps(self.engine.subscriptions(ask["project"][0])))]

    def change(self, ask: Question) -> Answer:
        before = self.entries
        try:
            self.engine.apply(ask["changes"][0])
        except grantrie.RefusedError as error:
            return [("code", problem.code) for problem in error.problems]
        return [("effects", self.entries - before)]


def main() -> None:
    face = Face()
    for line in sys.stdin:
        ask = parse_qs(line.rstrip("\n"), keep_blank_values=True, strict_parsing=True)
        answer = getattr(face, ask["op"][0])(ask)
        texts = [(name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in answer]
        print(urlencode(texts), flush=True)


main()
