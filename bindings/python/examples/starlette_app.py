"""A service whose every route says what it asks for, and a middleware that asks: `uvicorn starlette_app:app`.

Who the user is comes from the header `x-user` here; a real service takes it from a verified token.
"""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

import grantrie

ACTIONS = {"GET": "READ", "POST": "RUN", "PUT": "EDIT", "DELETE": "DELETE"}


class Authorize:
    """Lets a request through only if its user may do its action on `aisvc:<type>:<id>`, the path `/<type>/<id>`."""

    def __init__(self, app: ASGIApp, engine: grantrie.Engine, namespace: str) -> None:
        self.app, self.engine, self.namespace = app, engine, namespace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = self.refusal(Request(scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def refusal(self, request: Request) -> JSONResponse | None:
        user = request.headers.get("x-user")
        if not user:
            return JSONResponse({"error": "who are you?"}, 401)
        irn = "aisvc" + request.url.path.rstrip("/").replace("/", ":")
        try:
            # A check takes less than the event loop does to switch tasks: no thread is needed.
            subject = self.engine.prepare(self.namespace, user=user)
            decision = subject.check(ACTIONS.get(request.method, request.method), irn)
        except grantrie.GrantrieError as error:
            return JSONResponse({"error": error.name}, 400)
        if decision:
            return None
        return JSONResponse({"error": decision.reason}, 400 if decision.reason == "invalid" else 403)


async def agent(request: Request) -> JSONResponse:
    return JSONResponse({"agent": request.path_params["id"]})


def make_app(engine: grantrie.Engine) -> Starlette:
    routes = [Route("/agent/{id}", agent, methods=["GET", "DELETE"])]
    return Starlette(routes=routes, middleware=[Middleware(Authorize, engine=engine, namespace="acme")])


app = make_app(grantrie.Engine())
