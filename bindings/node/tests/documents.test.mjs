// The README's example and the middleware, run.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { world } from "./world.mjs";
import { makeApp } from "../examples/express-app.mjs";

test("the README's example prints what it says", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, code, said] = /```js\n(.*?)```.*?```text\n(.*?)```/s.exec(readme);
  assert.ok(code.trim().split("\n").length <= 12);
  const printed = [];
  const run = Object.getPrototypeOf(async () => {}).constructor;
  const body = code.replace(/^import (.*) from (.*);$/m, "const $1 = await import($2);");
  await new run("console", body)({ log: (...words) => printed.push(words.join(" ")) });
  assert.equal(`${printed.join("\n")}\n`, said);
});

test("the middleware asks before the route", async () => {
  const { engine } = await world();
  const server = makeApp(engine).listen(0, "127.0.0.1");
  await once(server, "listening");
  const ask = (method, path, user = "ann") =>
    fetch(`http://127.0.0.1:${server.address().port}${path}`, { method, headers: user ? { "x-user": user } : {} });
  const status = async (...args) => (await ask(...args)).status;
  try {
    assert.deepEqual(await (await ask("GET", "/agent/7")).json(), { agent: "7" });
    assert.equal(await status("GET", "/agent/7", null), 401);
    assert.equal(await status("GET", "/agent/prod-7"), 403);
    assert.equal(await status("DELETE", "/agent/7"), 403);
    assert.equal(await status("GET", "/agent/7", "bob"), 403);
    assert.equal(await status("GET", "/agent/*"), 400);
    engine.close();
    assert.equal(await status("GET", "/agent/7"), 400);
  } finally {
    server.close();
  }
});
