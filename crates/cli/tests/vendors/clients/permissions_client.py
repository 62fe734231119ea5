"""A client of the Permissions API, written from its documents: the vendor's own is not public."""

import json
import urllib.parse

import requests


class PermissionsError(Exception):
    """A request that was not done."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class PermissionsClient:
    def __init__(self, root, token, service="aisvc"):
        self.url = f"{root}/{service}/api/v1/permissions"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def put(self, permissions):
        """Creates or updates permissions: `{"_success": [...], "_failures": [...]}`."""
        return self._send("PUT", self.url, json=permissions)

    def get(self, namespace, irn, encode=None, **query):
        """Looks permissions up. `encode` writes a value into the query; JavaScript, for one, leaves `*` as it is."""
        encode = encode or (lambda text: urllib.parse.quote(text, safe=""))
        namespaces = namespace if isinstance(namespace, list) else [namespace]
        pairs = [("_namespace", name) for name in namespaces] + [("_resourceDesc._irn", irn)]
        for name, value in query.items():
            name = PARAMETERS.get(name, name)
            if isinstance(value, dict) and name == CRITERIA:
                pairs += [(f"{name}.{key}", text(item)) for key, item in value.items()]
            elif isinstance(value, dict):
                pairs.append((name, json.dumps(value)))
            elif isinstance(value, list):
                pairs += [(name, item) for item in value]
            else:
                pairs.append((name, text(value)))
        # By hand, because `requests` would encode once more.
        query = "&".join(f"{name}={encode(value)}" for name, value in pairs)
        return self._send("GET", f"{self.url}?{query}")

    def delete(self, permission):
        self._send("DELETE", f"{self.url}/{permission}")

    def _send(self, method, url, **more):
        answer = self.session.send(self._prepared(method, url, **more), timeout=60)
        if answer.status_code == 204:
            return None
        if answer.status_code != 200:
            raise PermissionsError(answer.status_code, answer.json())
        return answer.json()

    def _prepared(self, method, url, **more):
        prepared = self.session.prepare_request(requests.Request(method, url, **more))
        prepared.url = url
        return prepared


CRITERIA = "_resourceDesc._criteria"

PARAMETERS = {
    "user_type": "_user._type",
    "user_id": "_user._id",
    "actions": "_actions",
    "criteria": CRITERIA,
    "offset": "_offset",
    "page_size": "_pageSize",
}


def text(value):
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
