// Worker threads: each loads the addon; one engine can be shared by its token.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { Engine } from "grantrie";
import { GATE, grant, world } from "./world.mjs";

if (!isMainThread) {
  const shared = Engine.fromShared(workerData);
  const ann = shared.prepare({ namespace: "acme", user: "ann" });
  const own = (await world()).ann;
  let wrong = 0;
  for (let turn = 0; turn < 20_000; turn++) {
    if (!ann.isAllowed("READ", "aisvc:agent:7") || ann.isAllowed("READ", "aisvc:agent:prod-7")) wrong++;
    if (!own.isAllowed("READ", "aisvc:agent:7")) wrong++;
    if (turn % 100 === 0 && ann.checkMany("READ", ["aisvc:agent:7", "aisvc:agent:prod-7"]).join() !== "1,0") wrong++;
  }
  shared.apply({ set_gate: { service: `worker-${Math.random()}`, gated: true } });
  parentPort.postMessage(wrong);
} else {
  test("four workers ask one engine while it changes", { timeout: 120_000 }, async () => {
    const { engine, ann } = await world();
    const workers = Array.from({ length: 4 }, () => new Worker(new URL(import.meta.url), { workerData: engine.share() }));
    const answers = workers.map((worker) => once(worker, "message"));
    const ended = workers.map((worker) => once(worker, "exit"));
    let done = false;
    const all = Promise.all(answers).then((wrong) => ((done = true), wrong));
    let number = 0;
    while (!done) {
      engine.apply(grant("ann", `x:y:${number}`));
      assert.ok(ann.isAllowed("READ", `x:y:${number}`));
      number++;
      await new Promise((go) => setImmediate(go));
    }
    assert.deepEqual((await all).map(([wrong]) => wrong), [0, 0, 0, 0]);
    assert.deepEqual((await Promise.all(ended)).map(([code]) => code), [0, 0, 0, 0]);
    assert.equal(engine.revision, 1 + number + 4, "the workers' changes are the engine's");
    assert.ok(ann.isAllowed("READ", "aisvc:agent:7"));
  });

  test("a token is good for one engine, in this process, while it has handles", async () => {
    const { engine } = await world();
    const token = engine.share();
    assert.equal(engine.share(), token);
    const other = Engine.fromShared(token);
    other.apply(GATE);
    assert.equal(engine.revision, 2);
    other.close();
    assert.ok(engine.closed);
  });
}
