// What the engine answers, in JavaScript's terms.
import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Engine, checkAction, checkName, checkPattern, covers, matches, overlaps } from "grantrie";
import { GATE, WORLD, grant, world } from "./world.mjs";

const ID = (number) => `0190a000-0000-7000-8000-00000000000${number}`;

test("a subject is asked", async () => {
  const { ann } = await world();
  assert.equal(ann.isAllowed("READ", "aisvc:agent:7"), true);
  assert.equal(ann.isAllowed("READ", "aisvc:agent:prod-7"), false);
  assert.equal(ann.isAllowed("EDIT", "aisvc:agent:7"), false);
  assert.equal(ann.isAllowed("READ", "aisvc:agent:\u{1F600}"), true);
  assert.equal(ann.isAllowed("READ", "aisvc:agent:\uFFFD"), true, "a replacement character is a character");
});

test("a decision says why", async () => {
  const { ann } = await world();
  assert.deepEqual(ann.check("READ", "aisvc:agent:7"), { allowed: true, reason: "granted", revision: 1, permission: ID(1) });
  assert.deepEqual(ann.check("READ", "aisvc:agent:prod-7"), { allowed: false, reason: "denied", revision: 1, permission: ID(2) });
  const { message, ...invalid } = ann.check("read", "aisvc:agent:7");
  assert.deepEqual(invalid, { allowed: false, reason: "invalid", revision: 1, field: "action", code: 202 });
  assert.match(message, /upper case/);
  assert.equal(ann.check("READ", "aisvc:agent:*").code, 107);
  assert.equal(ann.isAllowed("READ", ""), false);
});

test("attributes and instants", async () => {
  const { ann } = await world();
  const ask = (options) => ann.isAllowed("RUN", "aisvc:tool:x", options);
  const at = new Date("2029-01-01T00:00:00Z");
  assert.equal(ask({ at }), false);
  assert.equal(ask({ at, attributes: { tier: 2 } }), true);
  assert.equal(ask({ at, attributes: { tier: 2n } }), true);
  for (const tier of [3, 2.5, true, "2", 2n ** 64n + 2n]) assert.equal(ask({ at, attributes: { tier } }), false);
  assert.equal(ask({ at: "2030-01-01T00:00:00Z", attributes: { tier: 2 } }), false);
  const decision = ann.check("RUN", "aisvc:tool:x", { at, attributes: { tier: 2 } });
  assert.equal(decision.validUntil, "2030-01-01T00:00:00Z");
});

test("a batch says what single checks say", async () => {
  const { ann } = await world();
  const names = ["agent", "tool", "*"].flatMap((kind) => ["7", "prod-7", "", "a\nb", "é", "\u{1F600}"].map((id) => `aisvc:${kind}:${id}`));
  const single = names.map((irn) => Number(ann.isAllowed("READ", irn)));
  assert.ok(single.includes(0) && single.includes(1));
  const batch = ann.checkMany("READ", names);
  assert.ok(batch instanceof Uint8Array);
  assert.deepEqual([...batch], single, "with a line feed in a name");
  const plain = names.filter((irn) => !irn.includes("\n"));
  assert.deepEqual([...ann.checkMany("READ", plain)], plain.map((irn) => Number(ann.isAllowed("READ", irn))));
  assert.deepEqual(ann.checkMany("READ", names, { answer: "decisions" }), names.map((irn) => ann.check("READ", irn)));
  assert.deepEqual([...ann.checkMany(["READ", "EDIT"], ["aisvc:agent:7", "aisvc:agent:7"])], [1, 0]);
  assert.deepEqual([...ann.checkMany(["READ", "EDIT\nREAD"], ["aisvc:agent:7", "aisvc:agent:7"])], [1, 0]);
  assert.deepEqual([...ann.checkMany(["READ\nREAD", "READ"], ["aisvc:agent:7\naisvc:agent:7", "aisvc:agent:7"])], [0, 1]);
  const many = Array.from({ length: 300 }, (_, number) => (number % 2 ? "READ" : `ACTION_${number}`));
  assert.deepEqual([...ann.checkMany(many, many.map(() => "aisvc:agent:7"))], many.map((action) => Number(action === "READ")));
  // As long, and with the same beginning.
  assert.deepEqual([...ann.checkMany(["RUNS", "READ", "RUNS", "READ"], Array(4).fill("aisvc:agent:7"))], [0, 1, 0, 1]);
  assert.deepEqual([...ann.checkMany(["", "READ", "RÉAD"], Array(3).fill("aisvc:agent:7"))], [0, 1, 0]);
  const large = Array.from({ length: 70_000 }, (_, number) => (number % 3 ? "aisvc:agent:7" : "aisvc:agent:prod-7"));
  assert.deepEqual(ann.checkMany("READ", large), Uint8Array.from(large, (irn) => Number(!irn.includes("prod"))));
  const long = Array.from({ length: 20_000 }, (_, number) => `aisvc:agent:${number % 3 ? "" : "prod-"}${"x".repeat(40)}é${number}`);
  assert.deepEqual([...ann.checkMany("READ", long)], long.map((irn) => Number(!irn.includes("prod"))));
  assert.deepEqual([...ann.checkMany("READ", ["aisvc:agent:\uFFFD", "aisvc:agent:prod-\uFFFD"])], [1, 0]);
  assert.deepEqual([...ann.checkMany("READ", [])], []);
  assert.deepEqual(ann.checkMany([], [], { answer: "decisions" }), []);
  const options = { attributes: { tier: 2 }, at: "2029-01-01T00:00:00Z" };
  assert.deepEqual([...ann.checkMany("RUN", ["aisvc:tool:x"], options)], [1]);
});

test("an array that is a proxy is read once, and may ask by itself", async () => {
  const { ann } = await world();
  const names = ["aisvc:agent:7", "aisvc:agent:prod-7", "aisvc:agent:8"];
  const asking = (items) =>
    new Proxy(items, {
      get(target, key) {
        ann.checkMany(["EDIT", "READ"], ["aisvc:agent:prod-7", "aisvc:agent:prod-7"]);
        return target[key];
      },
    });
  assert.deepEqual([...ann.checkMany("READ", asking(names))], [1, 0, 1]);
  assert.deepEqual([...ann.checkMany(asking(["READ", "READ", "EDIT"]), asking(names))], [1, 0, 0]);
  const [once, shorter] = [new Set(), { length: 3 }];
  const changing = new Proxy(names, {
    get: (target, key) => (key === "length" ? Math.max((shorter.length -= 0.25), 2) | 0 : once.has(key) ? "aisvc:agent:7" : (once.add(key), target[key])),
  });
  const answers = ann.checkMany("READ", changing);
  assert.equal(answers.length, 2);
  assert.deepEqual([...answers], [1, 0]);
});

test("requests name who asks", async () => {
  const { engine } = await world();
  const asked = (who) => engine.isAllowed({ namespace: "acme", action: "READ", irn: "aisvc:agent:7", ...who });
  assert.deepEqual([{ user: "ann" }, { user: "bob" }].map(asked), [true, false]);
  assert.deepEqual([{ user: "bob", groups: ["staff"] }, { user: "ann", groups: [] }].map(asked), [true, false]);
  assert.equal(asked({ permprofiles: ["job"] }), false);
  const [granted, denied] = engine.checkMany([
    { namespace: "acme", user: "ann", action: "READ", irn: "aisvc:agent:7" },
    { namespace: "acme", user: "bob", groups: ["staff"], action: "READ", irn: "aisvc:agent:prod-7" },
  ]);
  assert.deepEqual([granted.reason, denied.reason], ["granted", "denied"]);
});

test("an explanation lists what was considered", async () => {
  const { engine, ann } = await world();
  const explained = ann.explain("READ", "aisvc:agent:prod-7");
  assert.deepEqual(explained, engine.explain({ namespace: "acme", user: "ann", action: "READ", irn: "aisvc:agent:prod-7" }));
  assert.equal(explained.reason, "denied");
  assert.deepEqual(explained.considered.map(({ outcome }) => outcome), ["applies", "applies"]);
  assert.deepEqual(explained.considered[0].path.map(({ _id }) => _id), ["ann", "staff"]);
});

test("changes are objects or JSON", async () => {
  const { engine } = await world();
  const cem = engine.prepare({ namespace: "acme", user: "cem" });
  assert.equal(engine.apply(grant("cem", "aisvc:agent:*")), 2);
  assert.equal(cem.isAllowed("READ", "aisvc:agent:7"), true);
  assert.equal(engine.apply({ actor: "ops", changes: [GATE] }), 3);
  assert.equal(cem.check("READ", "aisvc:agent:7").decidedBy, "no_project");
  assert.equal(engine.prepare({ namespace: "acme", user: "cem", project: "atlas" }).isAllowed("READ", "aisvc:agent:7"), true);
  assert.equal(engine.apply([GATE]), 3);
  assert.equal(engine.apply(JSON.stringify({ changes: [{ set_gate: { service: "aisvc", gated: false } }] }), { actor: "ops" }), 4);
  assert.equal(engine.revision, 4);
});

test("the audit hears of every effect in order, and may change the engine", async () => {
  const heard = [];
  const engine = new Engine({
    audit(entries) {
      heard.push(...entries);
      if (heard.length === 1) engine.apply(grant("cem", "a:b:*"));
    },
  });
  assert.equal(engine.apply(GATE, { actor: "ops" }), 1);
  assert.deepEqual(heard.map(({ revision }) => revision), [1, 2]);
  assert.deepEqual([heard[0].actor, heard[0].change], ["ops", GATE]);
  engine.apply(heard[0].before);
  assert.deepEqual(heard.at(-1).before, [GATE]);
  await engine.load(JSON.stringify(WORLD));
  assert.ok(heard.length > 6 && heard.at(-1).revision === 4);
});

test("an audit that throws does not make a change look unmade", async () => {
  const engine = new Engine({ audit: () => { throw new Error("planted"); } });
  const uncaught = new Promise((done) => process.once("uncaughtException", done));
  const listeners = process.listeners("uncaughtException").slice(0, -1);
  for (const listener of listeners) process.off("uncaughtException", listener);
  assert.equal(engine.apply(GATE), 1);
  assert.equal((await uncaught).message, "planted");
  for (const listener of listeners) process.on("uncaughtException", listener);
});

test("subscriptions and lists", async () => {
  const { engine } = await world();
  const rows = engine.subscriptions("atlas");
  assert.deepEqual([rows.ai_func, rows.total_count, rows.users[0].user_id], [true, 1, "bob"]);
  assert.deepEqual(engine.subscriptions("atlas", { offset: 1, limit: 2 }).users, []);
  assert.equal(engine.resolveSubscription("atlas", "ann").decided_by, "project");
  assert.deepEqual(engine.resolveSubscription("atlas", "bob", { groups: ["staff"] }).rows, [{ user_id: "bob" }]);
  const page = engine.permissions({ covering: "aisvc:agent:prod-7", namespaces: ["acme"], limit: 1 });
  assert.deepEqual([page._total, page._list.length], [2, 1]);
  assert.equal(engine.permissions({ coveredBy: "aisvc:tool:*", principalKind: "user", principalId: "ann" })._total, 1);
  assert.equal(engine.counts().permissions, 3);
});

test("files are read on another thread", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "grantrie-")), "world.json");
  await writeFile(file, JSON.stringify(WORLD));
  assert.equal(await new Engine().loadFile(file), 1);
  const gates = Array.from({ length: 200_000 }, (_, number) => `s${number}`);
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  const engine = new Engine();
  const loading = engine.load(JSON.stringify({ gates }));
  assert.equal(engine.revision, 0, "the call returns before the world is there");
  await loading;
  clearInterval(counting);
  assert.ok(turns > 0, "the event loop stood still");
  assert.equal(engine.revision, 1);
});

test("names and patterns", () => {
  assert.ok(matches("aisvc:agent:*", "aisvc:agent:7") && covers("aisvc:**", "aisvc:agent:*") && overlaps("a:b:x*", "a:b:*y"));
  assert.equal(covers("aisvc:agent:*", "aisvc:**"), false);
  checkName("a:b:c");
  checkPattern("**");
  checkAction("READ");
});

test("settings", () => {
  const member = (of) => ({ add_membership: { member: { _type: "user", _id: "u" }, of: { _type: "usergroup", _id: of } } });
  const row = (of) => ({ set_subscription: { project_id: "p", group_id: of, ai_func: of === "a" } });
  for (const [groupConflict, enabled] of [["disabled_wins", false], ["enabled_wins", true]]) {
    const engine = new Engine({ groupConflict });
    engine.apply(["a", "b"].flatMap((of) => [member(of), row(of)]));
    assert.equal(engine.resolveSubscription("p", "u").ai_func, enabled);
  }
  assert.throws(() => new Engine({ limits: { changes_per_set: 1 } }).apply([GATE, GATE]), { codeName: "change_set_too_large" });
});
