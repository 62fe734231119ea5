// A service whose every route says what it asks for, and a middleware that asks.
//
// Who the user is comes from the header `x-user` here; a real service takes it from a verified token.
import express from "express";
import { GrantrieError } from "grantrie";

const ACTIONS = { GET: "READ", POST: "RUN", PUT: "EDIT", DELETE: "DELETE" };

/** Lets a request through only if its user may do its action on `aisvc:<type>:<id>`, the path `/<type>/<id>`. */
export function authorize(engine, namespace) {
  return (request, response, next) => {
    const user = request.get("x-user");
    if (!user) return response.status(401).json({ error: "who are you?" });
    const irn = `aisvc${request.path.replace(/\/$/, "").replaceAll("/", ":")}`;
    try {
      const decision = engine.prepare({ namespace, user }).check(ACTIONS[request.method] ?? request.method, irn);
      if (decision.allowed) return next();
      return response.status(decision.reason === "invalid" ? 400 : 403).json({ error: decision.reason });
    } catch (error) {
      if (error instanceof GrantrieError) return response.status(400).json({ error: error.codeName });
      return next(error);
    }
  };
}

export function makeApp(engine) {
  const app = express();
  app.use(authorize(engine, "acme"));
  app.get("/agent/:id", (request, response) => response.json({ agent: request.params.id }));
  return app;
}
