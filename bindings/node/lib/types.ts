/** The shapes of what goes in and comes out. Keys that would say nothing are absent. */

/** What is known of a resource. Absent is nothing known; `{}` is known to have none. */
export type Attributes = Readonly<Record<string, string | number | bigint | boolean>>;
/** An instant: a valid `Date`, or RFC 3339. */
export type Instant = Date | string;
/** Why a request was allowed or denied. */
export type Reason = "granted" | "denied" | "no_grant" | "not_subscribed" | "invalid";
/** The level at which a subscription was decided. */
export type Level = "user" | "group" | "project" | "default" | "no_project" | "no_user";
/** Whether a group that is disabled wins over one that is enabled, or the other way round. */
export type GroupConflict = "disabled_wins" | "enabled_wins";
/** The kind of a principal. */
export type PrincipalKind = "user" | "usergroup" | "permprofile";

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
/** One change, as in a change file: `{ set_gate: { service: "aisvc", gated: true } }`. */
export type Change = { readonly [operation: string]: Json };
/** A change file. */
export interface ChangeFile {
  readonly actor?: string;
  readonly changes: readonly Change[];
}

/** How an engine is set up. None of it can be changed later. */
export interface EngineOptions {
  readonly groupConflict?: GroupConflict;
  /** Bounds by name, as in the Rust `Limits`: `{ batch_items: 1000 }`. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Called after each change set that did anything, in the order of revisions, on the thread that made the change. */
  readonly audit?: (entries: readonly AuditEntry[]) => void;
}

/** Who asks: a user (with exactly the named groups and profiles, if any are given), or one profile by itself. */
export interface Asker {
  readonly namespace: string;
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly permprofiles?: readonly string[];
  /** The project whose subscription counts, for gated services. */
  readonly project?: string;
}

/** What else is known of a question. */
export interface QuestionOptions {
  readonly attributes?: Attributes;
  /** The instant to judge; now, if absent. */
  readonly at?: Instant;
}

/** A request with all names as text. */
export interface Request extends Asker, QuestionOptions {
  readonly action: string;
  readonly irn: string;
}

/** The answer to a check. An object is always truthy: look at `allowed`. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason: Reason;
  readonly revision: number;
  /** The id of the permission that granted or denied. */
  readonly permission?: string;
  readonly decidedBy?: Level;
  /** The field that makes the request invalid, with the stable code and words. */
  readonly field?: string;
  readonly code?: number;
  readonly message?: string;
  /** The first instant at which time alone could change the answer, RFC 3339. */
  readonly validUntil?: string;
}

/** A principal on the way from the subject to a permission. */
export interface Principal {
  readonly _type: PrincipalKind;
  readonly _id: string;
}

/** A permission that was considered. */
export interface Considered {
  readonly permission: Readonly<Record<string, Json>>;
  readonly outcome: "applies" | "wrong_action" | "criteria_unknown" | "criteria_differ" | "not_yet" | "expired";
  readonly path: readonly Principal[];
}

/** A decision with every permission that was considered, as the command writes it. */
export interface Explanation {
  readonly allowed: boolean;
  readonly reason: Reason;
  readonly permission?: string;
  readonly decided_by?: Level;
  readonly valid_until?: string;
  readonly message?: string;
  readonly error?: { readonly field: string; readonly code: number; readonly name: string; readonly offset: number };
  readonly considered: readonly Considered[];
  readonly unlisted: number;
}

/** Which permissions to list: all that is given must hold. */
export interface PermissionQuery {
  readonly namespaces?: readonly string[];
  readonly covering?: string;
  readonly coveredBy?: string;
  readonly principalKind?: PrincipalKind;
  readonly principalId?: string;
  readonly offset?: number;
  readonly limit?: number;
}

/** Some of the permissions asked for, and how many there are. */
export interface PermissionPage {
  readonly _list: readonly Readonly<Record<string, Json>>[];
  readonly _offset: number;
  readonly _pageSize: number;
  readonly _total: number;
}

/** The subscription rows of a project. */
export interface Subscriptions {
  readonly project_id: string;
  readonly ai_func?: boolean;
  readonly groups: readonly { readonly group_id: string; readonly group_name?: string; readonly ai_func: boolean }[];
  readonly users: readonly {
    readonly user_id: string;
    readonly user_name?: string;
    readonly user_phone?: string;
    readonly ai_func: boolean;
  }[];
  readonly total_count: number;
}

/** What a user's rows come to in a project. */
export interface Resolution {
  readonly project_id: string;
  readonly user_id: string;
  readonly ai_func: boolean;
  readonly decided_by: "user" | "group" | "project" | "default";
  readonly rows: readonly { readonly project_id?: string; readonly group_id?: string; readonly user_id?: string }[];
}

/** How many entities of each kind there are. */
export interface Counts {
  readonly permissions: number;
  readonly patterns: number;
  readonly principals: number;
  readonly namespaces: number;
  readonly projects: number;
}

/** One effect of a change set. */
export interface AuditEntry {
  readonly revision: number;
  readonly at: string;
  readonly actor?: string;
  readonly change: Change;
  /** The changes that would bring back what was there. */
  readonly before: readonly Change[];
}
