import json
from collections.abc import Iterator
from typing import Any

import pytest

import grantrie

WORLD: dict[str, Any] = {
    "permissions": [
        {
            "_id": "0190a000-0000-7000-8000-000000000001",
            "_namespace": "acme",
            "_user": {"_type": "usergroup", "_id": "staff"},
            "_resourceDesc": {"_irn": "aisvc:agent:*"},
            "_actions": ["READ"],
        },
        {
            "_id": "0190a000-0000-7000-8000-000000000002",
            "_namespace": "acme",
            "_user": {"_type": "usergroup", "_id": "staff"},
            "_resourceDesc": {"_irn": "aisvc:agent:prod-*"},
            "_actions": ["READ"],
            "_effect": "DENY",
        },
        {
            "_id": "0190a000-0000-7000-8000-000000000003",
            "_namespace": "acme",
            "_user": {"_type": "user", "_id": "ann"},
            "_resourceDesc": {"_irn": "aisvc:tool:*", "_criteria": {"tier": 2}},
            "_actions": ["RUN"],
            "_expiresAt": "2030-01-01T00:00:00Z",
        },
    ],
    "directory": {
        "users": [{"user_id": "ann", "user_name": "Ann", "groups": ["staff"]}],
        "usergroups": [{"group_id": "staff"}],
    },
    "subscriptions": [{"project_id": "atlas", "ai_func": True}, {"project_id": "atlas", "user_id": "bob", "ai_func": False}],
}


@pytest.fixture
def engine() -> Iterator[grantrie.Engine]:
    made = grantrie.Engine()
    made.load(json.dumps(WORLD))
    yield made


@pytest.fixture
def ann(engine: grantrie.Engine) -> grantrie.Subject:
    return engine.prepare("acme", user="ann")
