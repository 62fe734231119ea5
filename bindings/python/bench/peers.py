"""Other engines for Python at the same job, where they are installed: `decide(line)` of (namespace, user, action, irn).

Each is given what an expert would give it: only the grants that may matter to the asking user, with groups resolved
before. What is then timed is their decision alone, on far less than the 10,000 permissions that the engine searches.
"""

import importlib.util
import json
from collections.abc import Callable, Iterator
from typing import Any

Decide = Callable[[tuple[str, ...]], bool]


def installed(world: str) -> Iterator[tuple[str, Decide]]:
    with open(world, encoding="utf-8") as file:
        held = Held(json.load(file))
    for name, make in (("casbin", casbin), ("cedarpy", cedar)):
        if importlib.util.find_spec(name) is not None:
            yield name, make(held)


class Held:
    """The grants of a user, through its groups and profiles."""

    def __init__(self, world: dict[str, Any]) -> None:
        directory = world.get("directory", {})
        self.above = {("user", user["user_id"]): edges(user) for user in directory.get("users", [])}
        self.above |= {("usergroup", group["group_id"]): edges(group) for group in directory.get("usergroups", [])}
        self.grants: dict[tuple[str, tuple[str, str]], list[dict[str, Any]]] = {}
        for grant in world["permissions"]:
            principal = (grant["_user"]["_type"], grant["_user"]["_id"])
            self.grants.setdefault((grant["_namespace"], principal), []).append(grant)

    def of(self, namespace: str, user: str) -> list[dict[str, Any]]:
        found, open_ = set(), [("user", user)]
        while open_:
            principal = open_.pop()
            if principal not in found:
                found.add(principal)
                open_.extend(self.above.get(principal, []))
        return [grant for principal in found for grant in self.grants.get((namespace, principal), [])]


def edges(record: dict[str, Any]) -> list[tuple[str, str]]:
    groups = [("usergroup", group) for group in record.get("groups", [])]
    return groups + [("permprofile", profile) for profile in record.get("permprofiles", [])]


MODEL = """
[request_definition]
r = obj, act
[policy_definition]
p = obj, act, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = (p.act == "*" || r.act == p.act) && regexMatch(r.obj, p.obj)
"""


def pattern_to_regex(pattern: str) -> str:
    segments = pattern.split(":")
    if segments[-1] == "**":
        segments[-1:] = ["[^:]+(:[^:]+)*"]
        fixed, last = segments[:-1], segments[-1:]
    else:
        fixed, last = segments, []
    import re

    def one(segment: str) -> str:
        if segment == "*":
            return "[^:]+"
        return "".join({"*": "[^:]*", "?": "[^:]"}.get(char, re.escape(char)) for char in segment)

    return "^" + ":".join([one(segment) for segment in fixed] + last) + "$"


def casbin(held: Held) -> Decide:
    import logging

    import casbin as module

    logging.disable(logging.WARNING)
    enforcers: dict[tuple[str, str], Any] = {}

    def enforcer(namespace: str, user: str) -> Any:
        made = enforcers.get((namespace, user))
        if made is None:
            model = module.Model()
            model.load_model_from_text(MODEL)
            made = enforcers[(namespace, user)] = module.Enforcer(model)
            for grant in held.of(namespace, user):
                for action in grant["_actions"]:
                    effect = grant.get("_effect", "ALLOW").lower()
                    made.add_policy(pattern_to_regex(grant["_resourceDesc"]["_irn"]), action, effect)
        return made

    return lambda line: bool(enforcer(line[0], line[1]).enforce(line[3], line[2]))


def cedar(held: Held) -> Decide:
    import cedarpy as module

    policies: dict[tuple[str, str], str] = {}

    def policy(grant: dict[str, Any]) -> str:
        effect = "forbid" if grant.get("_effect") == "DENY" else "permit"
        actions = grant["_actions"]
        names = ", ".join(f'Action::"{action}"' for action in actions)
        which = "action" if "*" in actions else f"action in [{names}]"
        # Cedar's `like` knows only one wildcard, which matches separators too: exact segments are compared by number.
        pattern = grant["_resourceDesc"]["_irn"].split(":")
        rest = pattern[-1] == "**"
        fixed = pattern[:-1] if rest else pattern
        compared = [
            f'resource.s{index} like "{segment}"' if "*" in segment else f'resource.s{index} == "{segment}"'
            for index, segment in enumerate(fixed)
            if segment != "*"
        ]
        count = f"resource.count {'>' if rest else '=='} {len(fixed)}"
        conditions = " && ".join([count, *compared])
        return f"{effect}(principal, {which}, resource) when {{ {conditions} }};"

    def decide(line: tuple[str, ...]) -> bool:
        namespace, user, action, irn = line
        text = policies.get((namespace, user))
        if text is None:
            text = policies[(namespace, user)] = "\n".join(policy(grant) for grant in held.of(namespace, user))
        segments = irn.split(":")
        attrs: dict[str, Any] = {f"s{index}": segment for index, segment in enumerate(segments)}
        entity = {"uid": {"type": "Resource", "id": irn}, "attrs": {**attrs, "count": len(segments)}, "parents": []}
        request = {
            "principal": 'User::"u"',
            "action": f'Action::"{action}"',
            "resource": f'Resource::"{irn}"',
            "context": {},
        }
        return bool(module.is_authorized(request, text, [entity]).allowed)

    return decide
