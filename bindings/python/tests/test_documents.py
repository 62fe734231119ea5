"""The README's examples and the middleware, run."""

import re
from pathlib import Path

from starlette.testclient import TestClient
from starlette_app import make_app

import grantrie

README = Path(__file__).parent.parent / "README.md"


def test_the_readme_s_examples_print_what_it_says() -> None:
    blocks = re.findall(r"```(python|text)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    pairs = [(code, said) for (kind, code), (next_kind, said) in zip(blocks, blocks[1:]) if (kind, next_kind) == ("python", "text")]
    assert pairs and len(pairs[0][0].strip().splitlines()) <= 12
    for code, said in pairs:
        printed: list[str] = []
        exec(code, {"print": lambda *words: printed.append(" ".join(map(str, words)))})  # noqa: S102
        assert "\n".join(printed) + "\n" == said


def test_the_middleware_asks_before_the_route(engine: grantrie.Engine) -> None:
    client = TestClient(make_app(engine))

    def status(method: str, path: str, user: str = "ann") -> int:
        return int(client.request(method, path, headers={"x-user": user}).status_code)

    assert client.get("/agent/7", headers={"x-user": "ann"}).json() == {"agent": "7"}
    assert client.get("/agent/7").status_code == 401
    assert status("GET", "/agent/prod-7") == 403
    assert status("DELETE", "/agent/7") == 403
    assert status("GET", "/agent/7", user="bob") == 403
    assert status("GET", "/agent/*") == 400
    assert status("PATCH", "/agent/7") == 403, "an action that nobody has"
    engine.close()
    assert status("GET", "/agent/7") == 400
