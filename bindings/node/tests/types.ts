// Compiled in strict mode against the package's types, never run.
import { Engine, GrantrieError, matches, type AuditEntry, type Decision, type Explanation } from "grantrie";

async function all(): Promise<void> {
  const heard: AuditEntry[] = [];
  const engine = new Engine({ groupConflict: "enabled_wins", limits: { batch_items: 10 }, audit: (entries) => heard.push(...entries) });
  const revision: number = await engine.load(new Uint8Array());
  const again: number = engine.apply([{ set_gate: { service: "aisvc", gated: true } }], { actor: "ops" });
  const ann = engine.prepare({ namespace: "acme", user: "ann", groups: ["staff"] });
  const allowed: boolean = ann.isAllowed("READ", "a:b:c", { attributes: { tier: 2 }, at: new Date() });
  const decision: Decision = ann.check("READ", "a:b:c");
  const until: string | undefined = decision.validUntil;
  const explained: Explanation = ann.explain("READ", "a:b:c");
  const bytes: Uint8Array = ann.checkMany("READ", ["a:b:c"]);
  const decisions: Decision[] = ann.checkMany(["READ"], ["a:b:c"], { answer: "decisions" });
  const named: boolean = engine.isAllowed({ namespace: "acme", user: "ann", action: "READ", irn: "a:b:c" });
  if (!matches("**", "a:b:c")) throw new GrantrieError("", [{ code: 1, name: "", field: "", message: "", item: null, offset: null, line: null, column: null }]);
  void [revision, again, allowed, until, explained, bytes, decisions, named];

  // @ts-expect-error a name is a string
  ann.isAllowed("READ", 7);
  // @ts-expect-error there is no such option
  ann.isAllowed("READ", "a:b:c", { who: "ann" });
  // @ts-expect-error a batch is a list
  ann.checkMany("READ", "a:b:c");
  // @ts-expect-error bytes are no decisions
  const wrong: Decision[] = ann.checkMany("READ", ["a:b:c"]);
  // @ts-expect-error a namespace is missing
  engine.prepare({ user: "ann" });
  // @ts-expect-error no such conflict
  new Engine({ groupConflict: "both" });
  // @ts-expect-error a decision cannot be changed
  decision.allowed = true;
  void wrong;
}

void all;
