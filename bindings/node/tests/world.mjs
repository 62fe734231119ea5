import grantrie from "grantrie";

/** The world of the tests. */
export const WORLD = {
  permissions: [
    ["1", "usergroup", "staff", "aisvc:agent:*", "READ"],
    ["2", "usergroup", "staff", "aisvc:agent:prod-*", "READ", { _effect: "DENY" }],
    ["3", "user", "ann", "aisvc:tool:*", "RUN", { _expiresAt: "2030-01-01T00:00:00Z" }, { tier: 2 }],
  ].map(([number, type, id, irn, action, more = {}, criteria]) => ({
    _id: `0190a000-0000-7000-8000-00000000000${number}`,
    _namespace: "acme",
    _user: { _type: type, _id: id },
    _resourceDesc: criteria ? { _irn: irn, _criteria: criteria } : { _irn: irn },
    _actions: [action],
    ...more,
  })),
  directory: { users: [{ user_id: "ann", groups: ["staff"] }], usergroups: [{ group_id: "staff" }] },
  subscriptions: [
    { project_id: "atlas", ai_func: true },
    { project_id: "atlas", user_id: "bob", ai_func: false },
  ],
};

/** A grant for a user. */
export const grant = (user, irn) => ({
  upsert_permission: {
    _namespace: "acme",
    _user: { _type: "user", _id: user },
    _resourceDesc: { _irn: irn },
    _actions: ["READ"],
  },
});

export const GATE = { set_gate: { service: "aisvc", gated: true } };

/** An engine with that world, and a subject of it. */
export async function world() {
  const engine = new grantrie.Engine();
  await engine.load(JSON.stringify(WORLD));
  return { engine, ann: engine.prepare({ namespace: "acme", user: "ann" }) };
}
