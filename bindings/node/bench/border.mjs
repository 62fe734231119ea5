// What a check costs from Node: a host of `cargo xtask border`, see crates/border/src/main.rs.
//
// Besides the package's own rows, those of peers that are installed, each with the grants of the asking user alone, since
// neither finds them among 10,000 at this speed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Engine } from "grantrie";
import { installed } from "./peers.mjs";

const { Empty } = createRequire(import.meta.url)(process.env.GRANTRIE_PROBE);
const [PIECE, BATCH, TURNS] = [512, 256, 5];
const now = () => Number(process.hrtime.bigint());

function write(host, row, times, allowed) {
  times.sort((a, b) => a - b);
  const at = (percent) => times[Math.min(Math.floor((times.length * percent) / 100), times.length - 1)];
  console.log(JSON.stringify({ host, row, median_ns: at(50), p99_ns: at(99), ...(allowed === undefined ? {} : { allowed }) }));
}

/** Each piece decides so many items and answers how many are allowed. */
function time(host, row, pieces, items, turns = TURNS) {
  for (const piece of pieces) piece();
  const times = [];
  let allowed = 0;
  for (let turn = 0; turn < turns; turn++) {
    allowed = 0;
    for (const piece of pieces) {
      const begun = now();
      allowed += piece();
      times.push((now() - begun) / items);
    }
  }
  write(host, row, times, row === "empty" ? undefined : allowed);
}

function cut(items, size) {
  return Array.from({ length: Math.floor(items.length / size) }, (_, piece) => items.slice(piece * size, (piece + 1) * size));
}

const [world, questions] = process.argv.slice(2);
const engine = new Engine();
await engine.loadFile(world);
const lines = readFileSync(questions, "utf8").trimEnd().split("\n").map((line) => line.split("\t"));
const subjects = new Map();
const asks = lines.map(([namespace, user, action, irn]) => {
  const key = `${namespace}\t${user}`;
  let subject = subjects.get(key);
  if (subject === undefined) subjects.set(key, (subject = engine.prepare({ namespace, user })));
  return { namespace, user, subject, action, irn };
});
const empty = new Empty();

time("node", "empty", cut(asks, PIECE).map((piece) => () => {
  let allowed = 0;
  for (const { action, irn } of piece) if (empty.isAllowed(action, irn)) allowed++;
  return allowed;
}), PIECE);
time("node", "prepared", cut(asks, PIECE).map((piece) => () => {
  let allowed = 0;
  for (const { subject, action, irn } of piece) if (subject.isAllowed(action, irn)) allowed++;
  return allowed;
}), PIECE);
time("node", "check", cut(asks, PIECE).map((piece) => () => {
  let allowed = 0;
  for (const { subject, action, irn } of piece) if (subject.check(action, irn).allowed) allowed++;
  return allowed;
}), PIECE);
time("node", "batch", cut(asks, BATCH).map((piece) => {
  const [{ subject }, actions, irns] = [piece[0], piece.map(({ action }) => action), piece.map(({ irn }) => irn)];
  return () => {
    let allowed = 0;
    const answers = subject.checkMany(actions, irns);
    for (let index = 0; index < answers.length; index++) allowed += answers[index];
    return allowed;
  };
}), BATCH);
time("node", "names", cut(asks, PIECE).map((piece) => () => {
  let allowed = 0;
  for (const { namespace, user, action, irn } of piece) if (engine.isAllowed({ namespace, user, action, irn })) allowed++;
  return allowed;
}), PIECE, 2);

for await (const [name, decide] of installed(JSON.parse(readFileSync(world, "utf8")))) {
  // Fewer items and turns: one of theirs takes as long as hundreds of ours.
  const some = asks.slice(0, 512);
  for (const ask of some) {
    const expected = engine.isAllowed({ namespace: ask.namespace, user: ask.user, action: ask.action, irn: ask.irn });
    // A peer is timed only if it says what the engine says.
    if ((await decide(ask)) !== expected) throw new Error(`${name} says ${!expected} to ${JSON.stringify(ask)}`);
  }
  const times = [];
  for (const piece of cut(some, 64)) {
    const begun = now();
    for (const ask of piece) {
      const answer = decide(ask);
      if (typeof answer !== "boolean") await answer;
    }
    times.push((now() - begun) / piece.length);
  }
  write(`${name} (node)`, "names", times);
}
