// Other engines for Node at the same job, where they are installed: `decide({ namespace, user, action, irn })`.
//
// Each is given what an expert would give it: only the grants that may matter to the asking user, with groups resolved
// before. What is then timed is their decision alone, on far less than the 10,000 permissions that the engine searches.

/** The grants of a user, through its groups and profiles. */
function held(world) {
  const above = new Map();
  const edges = ({ groups = [], permprofiles = [] }) => [...groups.map((id) => `usergroup:${id}`), ...permprofiles.map((id) => `permprofile:${id}`)];
  for (const user of world.directory?.users ?? []) above.set(`user:${user.user_id}`, edges(user));
  for (const group of world.directory?.usergroups ?? []) above.set(`usergroup:${group.group_id}`, edges(group));
  const grants = new Map();
  for (const grant of world.permissions) {
    const key = `${grant._namespace}\t${grant._user._type}:${grant._user._id}`;
    if (!grants.has(key)) grants.set(key, []);
    grants.get(key).push(grant);
  }
  return (namespace, user) => {
    const [found, open] = [new Set(), [`user:${user}`]];
    while (open.length > 0) {
      const principal = open.pop();
      if (!found.has(principal)) {
        found.add(principal);
        open.push(...(above.get(principal) ?? []));
      }
    }
    return [...found].flatMap((principal) => grants.get(`${namespace}\t${principal}`) ?? []);
  };
}

const MODEL = `
[request_definition]
r = obj, act
[policy_definition]
p = obj, act, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = (p.act == "*" || r.act == p.act) && regexMatch(r.obj, p.obj)
`;

function asRegex(pattern) {
  const segments = pattern.split(":");
  const rest = segments.at(-1) === "**";
  const fixed = rest ? segments.slice(0, -1) : segments;
  const escaped = (text) => text.replace(/[.+^$|()[\]{}\\/-]/g, "\\$&").replaceAll("*", "[^:]*").replaceAll("?", "[^:]");
  return `^${[...fixed.map((one) => (one === "*" ? "[^:]+" : escaped(one))), ...(rest ? ["[^:]+(:[^:]+)*"] : [])].join(":")}$`;
}

function casbin({ newEnforcer, newModelFromString }, grantsOf) {
  const enforcers = new Map();
  async function enforcer(namespace, user) {
    const made = await newEnforcer(newModelFromString(MODEL));
    for (const grant of grantsOf(namespace, user)) {
      for (const action of grant._actions) {
        await made.addPolicy(asRegex(grant._resourceDesc._irn), action, (grant._effect ?? "ALLOW").toLowerCase());
      }
    }
    return made;
  }
  return ({ namespace, user, action, irn }) => {
    const key = `${namespace}\t${user}`;
    const made = enforcers.get(key);
    if (made !== undefined) return made.enforceSync(irn, action);
    return enforcer(namespace, user).then((made) => (enforcers.set(key, made), made.enforceSync(irn, action)));
  };
}

function cedar({ isAuthorized }, grantsOf) {
  const policies = new Map();
  const policy = (grant) => {
    const names = grant._actions.map((action) => `Action::"${action}"`).join(", ");
    const which = grant._actions.includes("*") ? "action" : `action in [${names}]`;
    const pattern = grant._resourceDesc._irn.split(":");
    const rest = pattern.at(-1) === "**";
    const fixed = rest ? pattern.slice(0, -1) : pattern;
    // Cedar's `like` knows only one wildcard, which matches separators too: segments are compared one by one.
    const compared = fixed.flatMap((text, index) => {
      if (text === "*") return [];
      return [`resource.s${index} ${text.includes("*") ? "like" : "=="} "${text}"`];
    });
    const conditions = [`resource.count ${rest ? ">" : "=="} ${fixed.length}`, ...compared].join(" && ");
    return `${grant._effect === "DENY" ? "forbid" : "permit"}(principal, ${which}, resource) when { ${conditions} };`;
  };
  return ({ namespace, user, action, irn }) => {
    const key = `${namespace}\t${user}`;
    let staticPolicies = policies.get(key);
    if (staticPolicies === undefined) policies.set(key, (staticPolicies = grantsOf(namespace, user).map(policy).join("\n")));
    const segments = irn.split(":");
    const attrs = Object.fromEntries(segments.map((segment, index) => [`s${index}`, segment]));
    const resource = { type: "Resource", id: irn };
    const answer = isAuthorized({
      principal: { type: "User", id: "u" },
      action: { type: "Action", id: action },
      resource,
      context: {},
      policies: { staticPolicies },
      entities: [{ uid: resource, attrs: { ...attrs, count: segments.length }, parents: [] }],
    });
    if (answer.type !== "success") throw new Error(JSON.stringify(answer));
    return answer.response.decision === "allow";
  };
}

/** The peers that can be imported. */
export async function* installed(world) {
  const grantsOf = held(world);
  const peers = { casbin: ["casbin", casbin], "cedar-wasm": ["@cedar-policy/cedar-wasm/nodejs", cedar] };
  for (const [name, [module, make]] of Object.entries(peers)) {
    let imported;
    try {
      imported = await import(module);
    } catch {
      continue;
    }
    yield [name, make(imported.default ?? imported, grantsOf)];
  }
}
