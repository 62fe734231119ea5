// The package as a face of the corpus: the protocol is in crates/testkit/src/corpus/host_face.rs.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import * as grantrie from "grantrie";

let engine = new grantrie.Engine();
let entries = 0;

/** JSON whose whole numbers are exact: those that a number cannot hold are bigints. */
function exact(json) {
  const marked = json.replace(/:(-?\d{16,})(?=[,}])/g, ':{"whole":"$1"}');
  return JSON.parse(marked, (_, value) => (typeof value?.whole === "string" ? BigInt(value.whole) : value));
}

/** Who asks, and what is known of the question. */
function asked(ask) {
  const [kind, id] = [ask.get("kind"), ask.get("id")];
  const who = { namespace: ask.get("namespace") };
  if (kind === "permprofile") who.permprofiles = [id];
  else who.user = id;
  if (kind === "named") Object.assign(who, { groups: ask.getAll("group"), permprofiles: ask.getAll("permprofile") });
  if (ask.has("project")) who.project = ask.get("project");
  const known = {};
  if (ask.has("at")) known.at = ask.get("at");
  if (ask.has("attributes")) known.attributes = exact(ask.get("attributes"));
  return { who, known, action: ask.get("action"), irn: ask.get("irn") };
}

const FACE = {
  async load(ask) {
    const groupConflict = ask.get("enabled_wins") === "true" ? "enabled_wins" : "disabled_wins";
    engine = new grantrie.Engine({ groupConflict, audit: (more) => (entries += more.length) });
    await engine.load(ask.get("world"));
    return [["ok", true]];
  },
  check(ask) {
    const { who, known, action, irn } = asked(ask);
    const request = { ...who, ...known, action, irn };
    const decision = engine.check(request);
    const explained = engine.explain(request);
    assert.deepEqual([explained.allowed, explained.reason], [decision.allowed, decision.reason]);
    assert.deepEqual(engine.checkMany([request, request]), [decision, decision]);
    const names = { allowed: "allowed", reason: "reason", permission: "permission", decidedBy: "decided_by", field: "field", validUntil: "valid_until" };
    return Object.entries(names).filter(([key]) => key in decision).map(([key, name]) => [name, decision[key]]);
  },
  isAllowed(ask) {
    const { who, known, action, irn } = asked(ask);
    const allowed = engine.isAllowed({ ...who, ...known, action, irn });
    let subject;
    try {
      subject = engine.prepare(who);
    } catch (error) {
      assert.ok(error instanceof grantrie.RequestError && !allowed);
      return [["allowed", false]];
    }
    assert.equal(subject.isAllowed(action, irn, known), allowed);
    assert.equal(subject.check(action, irn, known).allowed, allowed);
    assert.deepEqual([...subject.checkMany(action, [irn, irn], known)], [Number(allowed), Number(allowed)]);
    return [["allowed", allowed]];
  },
  matches(ask) {
    try {
      return [["answer", grantrie.matches(ask.get("pattern"), ask.get("irn"))]];
    } catch (error) {
      // A text that is no name is matched by nothing.
      if (error instanceof grantrie.ParseError) return error.field === "irn" ? [["answer", false]] : [];
      throw error;
    }
  },
  covers: (ask) => [["answer", grantrie.covers(ask.get("a"), ask.get("b"))]],
  overlaps: (ask) => [["answer", grantrie.overlaps(ask.get("a"), ask.get("b"))]],
  parse(ask) {
    const check = { name: grantrie.checkName, pattern: grantrie.checkPattern, action: grantrie.checkAction };
    try {
      check[ask.get("as")](ask.get("text"));
      return [["ok", true]];
    } catch (error) {
      if (error instanceof grantrie.ParseError) return [["code", error.code], ["offset", error.problems[0].offset]];
      throw error;
    }
  },
  resolve(ask) {
    const who = ask.get("kind") === "named" ? { groups: ask.getAll("group") } : {};
    return [["json", JSON.stringify(engine.resolveSubscription(ask.get("project"), ask.get("user"), who))]];
  },
  lookup(ask) {
    const relation = ask.get("pattern_match") === "true" ? "coveredBy" : "covering";
    const page = engine.permissions({ namespaces: ask.getAll("namespace"), [relation]: ask.get("irn") });
    return [["json", JSON.stringify(page)]];
  },
  rows: (ask) => [["json", JSON.stringify(engine.subscriptions(ask.get("project")))]],
  change(ask) {
    const before = entries;
    try {
      engine.apply(ask.get("changes"));
    } catch (error) {
      if (error instanceof grantrie.RefusedError) return error.problems.map(({ code }) => ["code", code]);
      throw error;
    }
    return [["effects", entries - before]];
  },
};
FACE.is_allowed = FACE.isAllowed;

for await (const line of createInterface({ input: process.stdin })) {
  const ask = new URLSearchParams(line);
  const answer = await FACE[ask.get("op")](ask);
  process.stdout.write(`${new URLSearchParams(answer.map(([name, value]) => [name, String(value)]))}\n`);
}
