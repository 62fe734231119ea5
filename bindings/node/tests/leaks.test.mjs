// No memory is lost over a million calls. Run with --expose-gc.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine, checkName } from "grantrie";
import { world } from "./world.mjs";

function settled() {
  for (let turn = 0; turn < 4; turn++) globalThis.gc();
  return process.memoryUsage();
}

async function grown(calls, call) {
  const pause = () => new Promise((go) => setImmediate(go));
  for (let warm = 0; warm < calls / 10; warm++) call();
  await pause();
  const before = settled();
  for (let turn = 0; turn < calls; turn++) {
    call();
    if (turn % 100 !== 99) continue;
    // What has a native side waits for a whole collection, and is given back between turns of the event loop.
    if (calls <= 20_000) globalThis.gc();
    await pause();
  }
  await pause();
  const after = settled();
  return { heap: after.heapUsed - before.heapUsed, rss: after.rss - before.rss };
}

const failing = (call) => () => assert.throws(call);

test("calls leave nothing behind", { timeout: 300_000 }, async () => {
  assert.ok(globalThis.gc, "run with --expose-gc");
  const { engine, ann } = await world();
  const names = Array.from({ length: 100 }, (_, number) => `aisvc:agent:${number}`);
  const attributes = { tier: 2 };
  for (const [calls, call] of [
    [1_000_000, () => ann.isAllowed("READ", "aisvc:agent:7")],
    [100_000, () => ann.isAllowed("READ", "aisvc:agent:sévèn", { attributes })],
    [100_000, () => ann.check("READ", "aisvc:agent:7")],
    [20_000, () => ann.checkMany("READ", names)],
    [2_000, () => ann.checkMany("READ", names, { answer: "decisions" })],
    [20_000, () => ann.explain("READ", "aisvc:agent:prod-7")],
    [20_000, () => engine.prepare({ namespace: "acme", user: "ann", groups: ["staff"] }).close()],
    [20_000, () => engine.prepare({ namespace: "acme", user: "ann" })],
    [20_000, () => engine.apply({ set_gate: { service: "other", gated: true } })],
    [20_000, () => engine.subscriptions("atlas")],
    [20_000, failing(() => ann.isAllowed("READ", "\ud800"))],
    [20_000, failing(() => ann.isAllowed("READ", 7))],
    [20_000, failing(() => checkName("a:b"))],
    [2_000, () => new Engine().prepare({ namespace: "acme", user: "ann" })],
  ]) {
    const { heap, rss } = await grown(calls, call);
    assert.ok(heap < 2_000_000 && rss < 16_000_000, `${call}: heap ${heap}, process ${rss}`);
  }
});

test("the collector knows how large a loaded world is", { timeout: 120_000 }, async () => {
  const grants = Array.from({ length: 20_000 }, (_, number) => ({
    _namespace: "acme",
    _user: { _type: "user", _id: `user-${number % 500}` },
    _resourceDesc: { _irn: `aisvc:agent:${number}` },
    _actions: ["READ"],
  }));
  const large = Buffer.from(JSON.stringify({ permissions: grants }));
  await new Engine().load(large);
  const before = settled().rss;
  // Nobody closes them, nobody calls the collector, and there are never many.
  for (let turn = 0; turn < 100; turn++) await new Engine().load(large);
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < 250_000_000, `${grown}`);
});
