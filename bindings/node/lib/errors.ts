/** What is thrown. The addon throws an error whose message is JSON; here it becomes one of these. */

/** One problem: what, in which field and item, and where in a text. */
export interface Problem {
  readonly code: number;
  readonly name: string;
  readonly field: string;
  readonly message: string;
  /** The index of the offending item, from 0. */
  readonly item: number | null;
  /** The byte offset in the field's text. */
  readonly offset: number | null;
  readonly line: number | null;
  readonly column: number | null;
}

/** Whatever this package throws by itself; wrong types are a `TypeError`. */
export class GrantrieError extends Error {
  /** The stable number of the first problem. */
  readonly code: number;
  /** The stable name of the first problem. */
  readonly codeName: string;
  /** The field of the first problem; empty where there is none. */
  readonly field: string;
  /** All problems that are listed; never empty. */
  readonly problems: readonly Problem[];
  /** How many more there are. */
  readonly unlisted: number;

  constructor(message: string, problems: readonly [Problem, ...Problem[]], unlisted = 0) {
    super(message);
    this.name = new.target.name;
    this.problems = problems;
    this.unlisted = unlisted;
    [{ code: this.code, name: this.codeName, field: this.field }] = problems;
  }
}

/** A text is no name, pattern or action. */
export class ParseError extends GrantrieError {}
/** A request, a subject's names or a setting is wrong. */
export class RequestError extends GrantrieError {}
/** A change set or a world file was refused; nothing of it was applied. */
export class RefusedError extends GrantrieError {}
/** A batch has more items than the limit. */
export class BatchError extends GrantrieError {}
/** The engine or the subject was closed. */
export class ClosedError extends GrantrieError {}
/** A fault of the library. Nothing was allowed and nothing was changed; the engine goes on working. */
export class InternalError extends GrantrieError {}

const KINDS = { ParseError, RequestError, RefusedError, BatchError, ClosedError, InternalError };

/** @internal The error that stands for what the addon threw. */
export function translated(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  if (!thrown.message.startsWith('{"kind":')) {
    // What napi says of a value of the wrong type.
    return /Expected$|InvalidArg$/.test(String((thrown as { code?: unknown }).code)) ? new TypeError(thrown.message) : thrown;
  }
  const { kind, message, problems, unlisted } = JSON.parse(thrown.message);
  const error = new KINDS[kind as keyof typeof KINDS](message, problems, unlisted);
  Error.captureStackTrace(error, translated);
  return error;
}

/** @internal The error that a text is not Unicode. */
export function notUnicode(field: string): RequestError {
  const message = "the text has a lone surrogate: it is not Unicode";
  const place = { item: null, offset: null, line: null, column: null };
  const problem = { code: 701, name: "invalid_utf8", field, message, ...place };
  return new RequestError(`${field}: ${message} [701 invalid_utf8]`, [problem]);
}
