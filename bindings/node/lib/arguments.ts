/** Arguments, before the addon sees them: of the right types, and Unicode. The texts of a check itself the addon looks at. */

import { notUnicode } from "./errors.js";
import type { Asker, Attributes, Instant, PermissionQuery, QuestionOptions, Request } from "./types.js";

/** @internal A value of a wrong type. */
export function wrong(argument: string, expected: string, found: unknown): TypeError {
  const kind = found === null ? "null" : Array.isArray(found) ? "an array" : typeof found;
  return new TypeError(`${argument}: expected ${expected}, not ${kind}`);
}

/** @internal A text that is Unicode. */
export function text(argument: string, value: unknown): string {
  if (typeof value !== "string") throw wrong(argument, "a string", value);
  if (!value.isWellFormed()) throw notUnicode(argument);
  return value;
}

function optionalText(argument: string, value: unknown): string | undefined {
  return value === undefined ? undefined : text(argument, value);
}

/** @internal Texts that are Unicode. */
export function texts(argument: string, value: unknown): string[] {
  if (!Array.isArray(value)) throw wrong(argument, "an array of strings", value);
  return value.map((item) => text(argument, item));
}

/** @internal An object of options, with no key that nobody knows. */
export function options(argument: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(argument, "an object", value);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new TypeError(`${argument}: there is no option \`${key}\``);
  }
}

/** @internal Attributes whose names and values are as they must be. */
export function attributes(value: Attributes | undefined): Record<string, string | number | bigint | boolean> | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("attributes", "an object", value);
  for (const [name, found] of Object.entries(value)) {
    text("attributes", name);
    if (typeof found === "string") text("attributes", found);
    else if (typeof found !== "number" && typeof found !== "bigint" && typeof found !== "boolean") {
      throw wrong(`attributes.${name}`, "a string, number, bigint or boolean", found);
    }
  }
  return value;
}

/** @internal An instant, as RFC 3339. */
export function instant(value: Instant | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new RangeError("at: an invalid Date");
    return value.toISOString();
  }
  return text("at", value);
}

const QUESTION = ["attributes", "at"];
const ASKER = ["namespace", "user", "groups", "permprofiles", "project"];

/** @internal What else is known of a question. */
export function known(value: QuestionOptions | undefined, more: readonly string[] = []): QuestionOptions {
  if (value === undefined) return {};
  options("options", value, [...QUESTION, ...more]);
  return value;
}

/** @internal Who asks, without anything to ask. */
export function asker(value: Asker): Request {
  options("subject", value, ASKER);
  return request({ ...value, action: "", irn: "" });
}

/** @internal A request. */
export function request(value: Request): Request & { groups?: string[]; permprofiles?: string[]; at?: string } {
  options("request", value, [...ASKER, ...QUESTION, "action", "irn"]);
  const { namespace, user, groups, permprofiles, project, action, irn } = value;
  return dropped({
    namespace: text("namespace", namespace),
    user: optionalText("user", user),
    groups: groups === undefined ? undefined : texts("groups", groups),
    permprofiles: permprofiles === undefined ? undefined : texts("permprofiles", permprofiles),
    project: optionalText("project", project),
    action: text("action", action),
    irn: text("irn", irn),
    attributes: attributes(value.attributes),
    at: instant(value.at),
  });
}

/** @internal Which permissions to list. */
export function query(value: PermissionQuery) {
  const known = ["namespaces", "covering", "coveredBy", "principalKind", "principalId", "offset", "limit"];
  options("query", value, known);
  return dropped({
    namespaces: value.namespaces === undefined ? undefined : texts("namespaces", value.namespaces),
    covering: optionalText("covering", value.covering),
    coveredBy: optionalText("coveredBy", value.coveredBy),
    principalKind: optionalText("principalKind", value.principalKind),
    principalId: optionalText("principalId", value.principalId),
    offset: whole("offset", value.offset),
    limit: whole("limit", value.limit),
  });
}

/** @internal A whole number from 0 to 2^32 - 1. */
export function whole(argument: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number") throw wrong(argument, "a number", value);
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new RangeError(`${argument}: expected a whole number from 0 to 4294967295, not ${value}`);
  }
  return value;
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same without the keys that are undefined. */
function dropped<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, found]) => found !== undefined)) as Defined<T>;
}
