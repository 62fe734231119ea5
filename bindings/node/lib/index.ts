/**
 * Embedded policy evaluation: may this subject do this here?
 *
 * An {@link Engine} keeps permissions, memberships and subscriptions in memory. {@link Engine.prepare} looks a subject's
 * names up once; the {@link Subject} answers many checks. Whatever is wrong ends in an error or in a decision that denies,
 * never in an allow.
 */

import type * as Native from "./native.js";
import { type Batch, answers, batch } from "./batch.js";
import { asker, attributes, instant, known, options, query, request, text, texts, whole, wrong } from "./arguments.js";
import { translated } from "./errors.js";
import type {
  Asker,
  AuditEntry,
  Change,
  ChangeFile,
  Counts,
  Decision,
  EngineOptions,
  Explanation,
  PermissionPage,
  PermissionQuery,
  QuestionOptions,
  Request,
  Resolution,
  Subscriptions,
} from "./types.js";

export * from "./types.js";
export {
  BatchError,
  ClosedError,
  GrantrieError,
  InternalError,
  ParseError,
  RefusedError,
  RequestError,
  type Problem,
} from "./errors.js";

// The addon is beside this file.
const native: typeof Native = require("./grantrie.node");

/** Every error code's name and number; the same in every language. A number is never used again. */
export const CODES: Readonly<Record<string, number>> = Object.freeze(
  Object.fromEntries(native.allCodes().map(({ name, code }) => [name, code])),
);

function asked<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw translated(thrown);
  }
}

/** Options of a batch. */
export interface BatchOptions extends QuestionOptions {
  /** A byte for each item, 1 where it is allowed; or a decision for each. */
  readonly answer?: "bytes" | "decisions";
}

/** A subject in a namespace, prepared for many checks. It always answers from the engine's newest state. */
export class Subject {
  readonly #native: Native.NativeSubject;

  /** @internal */
  constructor(handle: Native.NativeSubject) {
    if (!(handle instanceof native.NativeSubject)) throw new TypeError("a Subject is made by Engine.prepare");
    this.#native = handle;
  }

  /** Whether the subject may do this. An invalid action or name is not allowed. */
  isAllowed(action: string, irn: string, options?: QuestionOptions): boolean {
    try {
      if (options === undefined) return this.#native.isAllowed(action, irn);
      const { attributes: found, at } = known(options);
      return this.#native.isAllowedWith(action, irn, attributes(found), instant(at));
    } catch (thrown) {
      throw translated(thrown);
    }
  }

  /** The decision, with its reason. */
  check(action: string, irn: string, options?: QuestionOptions): Decision {
    const { attributes: found, at } = known(options);
    return asked(() => this.#native.check(action, irn, attributes(found), instant(at)) as Decision);
  }

  /** The decision, with every permission that was considered. */
  explain(action: string, irn: string, options?: QuestionOptions): Explanation {
    const { attributes: found, at } = known(options);
    return asked(() => JSON.parse(this.#native.explain(action, irn, attributes(found), instant(at))));
  }

  /** Decides many names on one state, for one action or an action each. */
  checkMany(
    action: string | readonly string[],
    irns: readonly string[],
    options?: QuestionOptions & { readonly answer?: "bytes" },
  ): Uint8Array;
  checkMany(
    action: string | readonly string[],
    irns: readonly string[],
    options: QuestionOptions & { readonly answer: "decisions" },
  ): Decision[];
  checkMany(
    action: string | readonly string[],
    irns: readonly string[],
    options?: BatchOptions,
  ): Uint8Array | Decision[] {
    if (!Array.isArray(irns)) throw wrong("irns", "an array of strings", irns);
    const one = typeof action === "string";
    if (!one && !Array.isArray(action)) throw wrong("action", "an array of strings", action);
    if (!one && action.length !== irns.length) throw new RangeError(`${action.length} actions for ${irns.length} names`);
    const { answer = "bytes", attributes: given, at: when } = known(options, ["answer"]) as BatchOptions;
    const [found, at] = [attributes(given), instant(when)];
    return asked(() => {
      if (answer === "decisions") {
        strings("irns", irns);
        if (!one) strings("action", action);
        return irns.length === 0 ? [] : (this.#native.decideEach(one ? [action] : [...action], [...irns], found, at) as Decision[]);
      }
      if (answer !== "bytes") throw new TypeError(`answer: expected "bytes" or "decisions"`);
      if (irns.length === 0) return new Uint8Array(0);
      const texts = batch(action, irns);
      const decided = texts && this.#native.checkJoined(texts.bytes, texts.written, texts.lengths, texts.actions, texts.places, found, at);
      // Not so: many actions, or a text that may have been no Unicode. Then each is read by itself.
      return decided == null
        ? this.#native.checkEach(one ? [action] : [...action], [...irns], found, at)
        : answers(decided, texts as Batch);
    });
  }

  /** Gives back what preparing took, now rather than when the collector comes by. Further calls throw. */
  close(): void {
    this.#native.close();
  }
}

function strings(argument: string, value: unknown): void {
  if (!Array.isArray(value)) throw wrong(argument, "an array of strings", value);
  for (let index = 0; index < value.length; index++) {
    if (typeof value[index] !== "string") throw wrong(`${argument}[${index}]`, "a string", value[index]);
  }
}

/** Permissions, memberships and subscriptions in memory. */
export class Engine {
  readonly #native: Native.NativeEngine;
  readonly #audit: EngineOptions["audit"];

  constructor(setup: EngineOptions = {}) {
    if ((setup as unknown) instanceof native.NativeEngine) {
      this.#native = setup as unknown as Native.NativeEngine;
      return;
    }
    options("options", setup, ["groupConflict", "limits", "audit"]);
    const { groupConflict, limits, audit } = setup;
    if (audit !== undefined && typeof audit !== "function") throw wrong("audit", "a function", audit);
    if (groupConflict !== undefined) text("groupConflict", groupConflict);
    if (limits !== undefined) {
      for (const [name, limit] of Object.entries(limits)) {
        if (typeof limit !== "number") throw wrong(`limits.${name}`, "a number", limit);
      }
    }
    this.#audit = audit;
    this.#native = asked(() => new native.NativeEngine(groupConflict, limits, audit !== undefined));
  }

  /** Another handle to an engine of this process, in a worker thread, say: see {@link Engine.share}. It has no audit. */
  static fromShared(token: number): Engine {
    if (typeof token !== "number") throw wrong("token", "a number", token);
    return new Engine(asked(() => native.NativeEngine.fromToken(token)) as unknown as EngineOptions);
  }

  /** A token to post to other threads, good for as long as this engine has a handle. */
  share(): number {
    return asked(() => this.#native.token());
  }

  /** Loads a world file that is in memory, all of it or nothing, on another thread: the revision. */
  async load(document: string | Uint8Array): Promise<number> {
    return this.#loaded(() => this.#native.load(bytes("document", document)));
  }

  /** Loads a world file, all of it or nothing, on another thread: the revision. */
  async loadFile(path: string): Promise<number> {
    return this.#loaded(() => this.#native.loadFile(text("path", path)));
  }

  async #loaded(load: () => Promise<number>): Promise<number> {
    try {
      const revision = await load();
      this.#tell();
      return revision;
    } catch (thrown) {
      throw translated(thrown);
    }
  }

  /** Applies a change file, a list of changes or one change, all of it or nothing: the revision. Waits for a load. */
  apply(changes: Change | readonly Change[] | ChangeFile | string | Uint8Array, options_: { readonly actor?: string } = {}): number {
    options("options", options_, ["actor"]);
    const actor = options_.actor === undefined ? undefined : text("actor", options_.actor);
    const revision = asked(() => this.#native.apply(changeFile(changes), actor));
    this.#tell();
    return revision;
  }

  /** Hands audit entries over. What the function throws becomes an uncaught exception: the change is made all the same. */
  #tell(): void {
    const audit = this.#audit;
    if (audit === undefined) return;
    for (const entries of this.#native.takeAudit()) {
      try {
        audit(JSON.parse(entries) as AuditEntry[]);
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }

  /** Prepares a subject for many checks. */
  prepare(who: Asker): Subject {
    return new Subject(asked(() => this.#native.prepare(asker(who) as Native.NativeRequest)));
  }

  /** Whether a request is allowed. Whoever asks more than once prepares the subject. */
  isAllowed(what: Request): boolean {
    return asked(() => this.#native.isAllowed(request(what) as Native.NativeRequest));
  }

  /** The decision, with its reason. */
  check(what: Request): Decision {
    return asked(() => this.#native.check(request(what) as Native.NativeRequest) as Decision);
  }

  /** The decision, with every permission that was considered. */
  explain(what: Request): Explanation {
    return asked(() => JSON.parse(this.#native.explain(request(what) as Native.NativeRequest)));
  }

  /** Decides many requests on one state. */
  checkMany(requests: readonly Request[]): Decision[] {
    if (!Array.isArray(requests)) throw wrong("requests", "an array", requests);
    return asked(() => this.#native.checkMany(requests.map((one) => request(one) as Native.NativeRequest)) as Decision[]);
  }

  /** Permissions by id. */
  permissions(which: PermissionQuery = {}): PermissionPage {
    return asked(() => JSON.parse(this.#native.permissions(query(which))));
  }

  /** A project's subscription rows; `offset` and `limit` count users. */
  subscriptions(project: string, page: { readonly offset?: number; readonly limit?: number } = {}): Subscriptions {
    options("options", page, ["offset", "limit"]);
    const [offset, limit] = [whole("offset", page.offset), whole("limit", page.limit)];
    return asked(() => JSON.parse(this.#native.subscriptions(text("project", project), offset, limit)));
  }

  /** What a user's rows come to in a project, and which rows decided; with groups, theirs rather than the directory's. */
  resolveSubscription(project: string, user: string, who: { readonly groups?: readonly string[] } = {}): Resolution {
    options("options", who, ["groups"]);
    const groups = who.groups === undefined ? undefined : texts("groups", who.groups);
    return asked(() => JSON.parse(this.#native.resolve(text("project", project), text("user", user), groups)));
  }

  /** How many entities of each kind there are. */
  counts(): Counts {
    return asked(() => JSON.parse(this.#native.counts()));
  }

  /** The revision of the newest state. */
  get revision(): number {
    return asked(() => this.#native.revision());
  }

  /** Refuses every further call on all handles, in other threads too. The memory goes with the last handle. */
  close(): void {
    this.#native.close();
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#native.isClosed();
  }
}

function bytes(argument: string, value: unknown): Buffer {
  if (typeof value === "string") return Buffer.from(text(argument, value));
  if (!(value instanceof Uint8Array)) throw wrong(argument, "a string or Uint8Array", value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** A change file: text as it is; one change or a list of changes stand for a file of them. */
function changeFile(changes: unknown): Buffer {
  if (typeof changes === "string" || changes instanceof Uint8Array) return bytes("changes", changes);
  if (typeof changes !== "object" || changes === null) throw wrong("changes", "changes or a change file", changes);
  const file = Array.isArray(changes) ? { changes } : "changes" in changes ? changes : { changes: [changes] };
  return Buffer.from(JSON.stringify(file));
}

/** Whether a pattern matches a name. */
export function matches(pattern: string, irn: string): boolean {
  return asked(() => native.matches(pattern, irn));
}

/** Whether every name that `b` matches is matched by `a`. */
export function covers(a: string, b: string): boolean {
  return asked(() => native.covers(a, b));
}

/** Whether some name is matched by both patterns. */
export function overlaps(a: string, b: string): boolean {
  return asked(() => native.overlaps(a, b));
}

/** Throws a {@link ParseError} unless the text is a concrete name. */
export function checkName(text: string): void {
  asked(() => native.checkName(text));
}

/** Throws a {@link ParseError} unless the text is a pattern. */
export function checkPattern(text: string): void {
  asked(() => native.checkPattern(text));
}

/** Throws a {@link ParseError} unless the text is an action's name. */
export function checkAction(text: string): void {
  asked(() => native.checkAction(text));
}
