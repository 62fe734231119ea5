// Whatever is wrong is an error in JavaScript's terms, never an allow, and the engine goes on working.
import assert from "node:assert/strict";
import { cp, mkdtemp } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import * as grantrie from "grantrie";
import { WORLD, world } from "./world.mjs";

const { Engine, Subject, CODES } = grantrie;
const require = createRequire(import.meta.url);
const LONE = "aisvc:agent:\ud800";

async function refuses(calls, kind, expected = {}) {
  const { engine, ann } = await world();
  for (const call of calls) {
    const attempt = async () => call(engine, ann);
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof kind, `${call}: ${error?.constructor?.name} ${error?.message}`);
      for (const [key, value] of Object.entries(expected)) assert.equal(error[key], value, `${call}: ${error.message}`);
      return true;
    });
    assert.equal(ann.isAllowed("READ", "aisvc:agent:7"), true);
    assert.equal(ann.isAllowed("READ", "aisvc:agent:prod-7"), false);
  }
  assert.equal(engine.apply({ set_gate: { service: "other", gated: true } }), 2);
}

test("wrong types", () =>
  refuses(
    [
      (e, s) => s.isAllowed("READ", 7),
      (e, s) => s.isAllowed(null, "a:b:c"),
      (e, s) => s.isAllowed("READ"),
      (e, s) => s.isAllowed(),
      (e, s) => s.isAllowed("READ", Buffer.from("a:b:c")),
      (e, s) => s.isAllowed("READ", "a:b:c", 7),
      (e, s) => s.isAllowed("READ", "a:b:c", null),
      (e, s) => s.isAllowed("READ", "a:b:c", { who: "ann" }),
      (e, s) => s.isAllowed("READ", "a:b:c", { attributes: [1] }),
      (e, s) => s.isAllowed("READ", "a:b:c", { attributes: { a: [1] } }),
      (e, s) => s.isAllowed("READ", "a:b:c", { attributes: { a: Symbol() } }),
      (e, s) => s.isAllowed("READ", "a:b:c", { attributes: { a: null } }),
      (e, s) => s.isAllowed("READ", "a:b:c", { at: 7 }),
      (e, s) => s.check("READ", {}),
      (e, s) => s.explain([], "a:b:c"),
      (e, s) => s.checkMany("READ", "a:b:c"),
      (e, s) => s.checkMany("READ", ["a:b:c", 7]),
      (e, s) => s.checkMany("READ", ["a:b:c", null]),
      (e, s) => s.checkMany("READ", [, "a:b:c"]),
      (e, s) => s.checkMany(7, ["a:b:c"]),
      (e, s) => s.checkMany([7], ["a:b:c"]),
      (e, s) => s.checkMany("READ", ["a:b:c"], { answer: "list" }),
      (e) => e.prepare(),
      (e) => e.prepare({ namespace: 7, user: "ann" }),
      (e) => e.prepare({ namespace: "acme", user: "ann", groups: "staff" }),
      (e) => e.prepare({ namespace: "acme", user: "ann", group: [] }),
      (e) => e.isAllowed({ namespace: "acme", user: "ann", action: "READ" }),
      (e) => e.checkMany([7]),
      (e) => e.checkMany({}),
      (e) => e.load(7),
      (e) => e.loadFile(7),
      (e) => e.apply(7),
      (e) => e.apply(null),
      (e) => e.apply([], { by: "ops" }),
      (e) => e.subscriptions("p", { offset: "1" }),
      (e) => e.permissions({ covers: "a" }),
      () => new Engine({ audit: 7 }),
      () => new Engine({ limits: { batch_items: "many" } }),
      () => new Engine(7),
      () => new Subject(),
      () => new Subject({}),
      () => Engine(),
      () => Subject.prototype.isAllowed.call({}, "READ", "a:b:c"),
      () => grantrie.matches(7, "a:b:c"),
      () => Engine.fromShared("1"),
    ],
    TypeError,
  ));

test("lone surrogates", () =>
  refuses(
    [
      (e, s) => s.isAllowed("READ", LONE),
      (e, s) => s.isAllowed("READ", `\uFFFD${LONE}`),
      (e, s) => s.isAllowed("\udfff", "a:b:c"),
      (e, s) => s.check("READ", LONE),
      (e, s) => s.explain("READ", LONE),
      (e, s) => s.checkMany("READ", ["a:b:c", LONE]),
      (e, s) => s.checkMany("READ", [LONE, "\udc00:b:c"]),
      (e, s) => s.checkMany("READ", ["a\nb", LONE]),
      (e, s) => s.checkMany([LONE], ["a:b:c"]),
      (e, s) => s.checkMany("READ", [LONE], { answer: "decisions" }),
      (e, s) => s.isAllowed("READ", "a:b:c", { attributes: { a: LONE } }),
      (e, s) => s.isAllowed("READ", "a:b:c", { attributes: { [LONE]: 1 } }),
      (e) => e.prepare({ namespace: "acme", user: LONE }),
      (e) => e.prepare({ namespace: "acme", user: "ann", groups: [LONE] }),
      (e) => e.isAllowed({ namespace: LONE, user: "ann", action: "READ", irn: "a:b:c" }),
      (e) => e.load(LONE),
      (e) => e.apply(LONE),
      () => grantrie.checkName(LONE),
      () => grantrie.matches("**", LONE),
    ],
    grantrie.RequestError,
    { code: 701, codeName: "invalid_utf8" },
  ));

const KINDS = [
  ["ParseError", "too_few_segments", "name", () => grantrie.checkName("a:b")],
  ["ParseError", "misplaced_double_star", "b", () => grantrie.covers("**", "a:**:c")],
  ["ParseError", "lower_case_action", "action", () => grantrie.checkAction("read")],
  ["ParseError", "wildcard_in_name", "irn", () => grantrie.matches("**", "a:b:*")],
  ["ParseError", "empty_segment", "covering", (e) => e.permissions({ covering: "::" })],
  ["RequestError", "invalid_subject", "user", (e) => e.prepare({ namespace: "acme" })],
  ["RequestError", "invalid_subject", "groups", (e) => e.isAllowed({ namespace: "n", action: "A", irn: "a:b:c", groups: ["g"] })],
  ["RequestError", "invalid_id", "user", (e) => e.prepare({ namespace: "acme", user: "" })],
  ["RequestError", "invalid_id", "namespace", (e) => e.prepare({ namespace: "\0", user: "ann" })],
  ["RequestError", "invalid_id", "project", (e) => e.resolveSubscription("", "ann")],
  ["RequestError", "invalid_time", "at", (e, s) => s.isAllowed("READ", "a:b:c", { at: "now" })],
  ["RequestError", "invalid_attribute", "attributes", (e, s) => s.isAllowed("READ", "a:b:c", { attributes: { a: NaN } })],
  ["RequestError", "unknown_principal_kind", "principalKind", (e) => e.permissions({ principalKind: "x" })],
  ["RequestError", "invalid_argument", "limits", () => new Engine({ limits: { patience: 1 } })],
  ["RequestError", "invalid_argument", "limits", () => new Engine({ limits: { batch_items: -1 } })],
  ["RequestError", "invalid_argument", "group_conflict", () => new Engine({ groupConflict: "x" })],
  ["RequestError", "invalid_argument", "token", () => Engine.fromShared(4_000_000)],
  ["RefusedError", "syntax", "", (e) => e.load("{")],
  ["RefusedError", "syntax", "", (e) => e.load(new Uint8Array([0xff, 0xfe]))],
  ["RefusedError", "unreadable", "", (e) => e.loadFile("/nowhere/world.json")],
  ["RefusedError", "unknown_key", "changes[0]", (e) => e.apply({ grow: {} })],
  ["BatchError", "batch_too_large", "", (e, s) => s.checkMany("A", new Array(100_001).fill("x"))],
];

for (const [kind, name, field, call] of KINDS) {
  test(`${kind} ${name} ${call}`, () =>
    refuses([call], grantrie[kind], { name: kind, codeName: name, code: CODES[name] }).then(async () => {
      const { engine, ann } = await world();
      const error = await Promise.resolve().then(() => call(engine, ann)).catch((thrown) => thrown);
      assert.ok(error instanceof grantrie.GrantrieError && error.field.startsWith(field), `${error.field}`);
      assert.ok(error.message.includes(`[${error.code} ${name}]`), error.message);
    }));
}

test("values out of range", () =>
  refuses(
    [
      (e, s) => s.checkMany(["READ"], ["a:b:c", "a:b:d"]),
      (e, s) => s.isAllowed("READ", "a:b:c", { at: new Date(NaN) }),
      (e) => e.subscriptions("p", { offset: -1 }),
      (e) => e.permissions({ limit: 0.5 }),
    ],
    RangeError,
  ));

test("all problems are listed and nothing is applied", async () => {
  const { engine } = await world();
  const changes = [{ set_gate: { service: "a", gated: true } }, { remove_permission: "0190a000-0000-7000-8000-0000000000ff" }];
  assert.throws(() => engine.apply(changes), (error) => error.problems.length === 1 && error.codeName === "unknown_permission");
  assert.equal(engine.revision, 1);
});

test("a closed engine refuses everything, and so does a closed subject", async () => {
  const { engine, ann } = await world();
  const other = engine.prepare({ namespace: "acme", user: "ann" });
  const closed = { name: "ClosedError", code: 703, codeName: "handle_closed" };
  other.close();
  other.close();
  assert.throws(() => other.isAllowed("READ", "aisvc:agent:7"), closed);
  assert.throws(() => other.checkMany("READ", ["aisvc:agent:7"]), closed);
  assert.equal(ann.isAllowed("READ", "aisvc:agent:7"), true);
  engine.close();
  assert.equal(engine.closed, true);
  for (const call of [
    () => ann.isAllowed("READ", "aisvc:agent:7"),
    () => ann.check("READ", "aisvc:agent:7"),
    () => ann.explain("READ", "aisvc:agent:7"),
    () => ann.checkMany("READ", ["aisvc:agent:7"]),
    () => ann.checkMany("READ", ["aisvc:agent:7"], { answer: "decisions" }),
    () => engine.isAllowed({ namespace: "acme", user: "ann", action: "READ", irn: "aisvc:agent:7" }),
    () => engine.checkMany([]),
    () => engine.prepare({ namespace: "acme", user: "ann" }),
    () => engine.apply([]),
    () => engine.permissions(),
    () => engine.subscriptions("atlas"),
    () => engine.counts(),
    () => engine.revision,
    () => engine.share(),
  ]) {
    assert.throws(call, closed, String(call));
  }
  await assert.rejects(engine.load("{}"), closed);
});

test("a panic is an error and the engine goes on", async () => {
  // The package with another addon in its place, whose engine has a clock that panics: what asks for the time fails.
  const copy = join(await mkdtemp(join(tmpdir(), "grantrie-")), "package");
  await cp(dirname(require.resolve("grantrie")), copy, { recursive: true });
  await cp(process.env.GRANTRIE_PROBE, join(copy, "grantrie.node"));
  const probed = require(join(copy, "index.js"));
  const engine = probed.Engine.fromShared(require(join(copy, "grantrie.node")).engineWithoutClock());
  const broken = (error) =>
    error instanceof probed.InternalError && error.code === 704 && error.message.includes("the clock fell off the wall");
  for (let turn = 0; turn < 3; turn++) {
    assert.throws(() => engine.apply({ set_gate: { service: "a", gated: true } }), broken);
    await assert.rejects(engine.load(JSON.stringify(WORLD)), broken);
    const ann = engine.prepare({ namespace: "acme", user: "ann" });
    assert.equal(ann.isAllowed("READ", "aisvc:agent:7"), false);
    assert.deepEqual([...ann.checkMany("READ", ["a:b:c"])], [0], "nothing asks for the time");
    assert.equal(engine.revision, 0);
  }
});

test("no bytes crash the reader", async () => {
  const { engine } = await world();
  const whole = Buffer.from(JSON.stringify(WORLD));
  let state = 7;
  const dice = (sides) => (state = (state * 48_271) % 2_147_483_647) % sides;
  for (let turn = 0; turn < 500; turn++) {
    const broken = Buffer.from(whole.subarray(0, dice(whole.length)));
    for (let at = 0; at < 3 && broken.length > 0; at++) broken[dice(broken.length)] = dice(256);
    await assert.rejects(engine.load(broken), grantrie.RefusedError);
  }
  assert.equal(engine.revision, 1);
});
