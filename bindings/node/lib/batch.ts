/** Batches as the addon takes them: the texts of all items as one, since each crossing costs more than a decision. */

import { wrong } from "./arguments.js";

/** @internal */
export interface Batch {
  /** The different actions and then the names, one after the other in UTF-8. Good until the next batch is written. */
  readonly bytes: Uint8Array;
  readonly written: number;
  /** How long each of these texts is, in JavaScript's units. */
  readonly lengths: Uint32Array;
  readonly actions: number;
  /** Which of the actions each item has. */
  readonly places: Uint8Array;
}

/** With more different actions items go over one by one. */
const MOST_ACTIONS = 64;
/** Where batches are written; a larger one than this gets a place of its own. */
const KEPT = { bytes: 1 << 20, texts: 1 << 16 };
let bytes = new Uint8Array(1 << 16);
let lengths = new Uint32Array(1 << 10);
const encoder = new TextEncoder();

/** @internal A batch, if its actions are not too many. Throws where a name or an action is no string. */
export function batch(action: string | readonly string[], irns: readonly string[]): Batch | undefined {
  // A copy, so that what was looked at is what goes over: an array may be a proxy.
  const names = ([] as unknown[]).concat(irns);
  const places = new Uint8Array(names.length);
  const actions = typeof action === "string" ? [action] : distinct(action, places);
  if (actions === undefined) return undefined;
  const texts = (actions as unknown[]).concat(names);
  if (texts.length > lengths.length && texts.length <= KEPT.texts) lengths = new Uint32Array(KEPT.texts);
  const long = texts.length <= lengths.length ? lengths : new Uint32Array(texts.length);
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index];
    if (typeof text !== "string") throw wrong(`irns[${index - actions.length}]`, "a string", text);
    long[index] = text.length;
  }
  const joined = texts.join("");
  // No unit takes more than three bytes.
  const room = joined.length * 3;
  if (room > bytes.length && room <= KEPT.bytes) bytes = new Uint8Array(KEPT.bytes);
  const into = room <= bytes.length ? bytes : new Uint8Array(room);
  return { bytes: into, written: encoder.encodeInto(joined, into).written, lengths: long, actions: actions.length, places };
}

/** @internal The answers to a batch, put in the place of its places. */
export function answers(decided: string, { places }: Batch): Uint8Array {
  encoder.encodeInto(decided, places);
  return places;
}

/** The different actions, if they are not too many; which of them each item has is written down. */
function distinct(items: readonly unknown[], places: Uint8Array): string[] | undefined {
  const found: string[] = [];
  // Batches have few actions, which differ in length or beginning: one look at the right place finds nearly all.
  const hints = new Uint8Array(HINTS);
  for (let index = 0; index < places.length; index++) {
    const item = items[index];
    if (typeof item !== "string") throw wrong(`action[${index}]`, "a string", item);
    if (index === 0) found.push(item);
    const hint = (item.charCodeAt(0) ^ (item.length << 3)) & (HINTS - 1);
    let place = hints[hint] as number;
    if (found[place] !== item) {
      place = found.indexOf(item);
      if (place < 0) place = found.push(item) - 1;
      if (place >= MOST_ACTIONS) return undefined;
      hints[hint] = place;
    }
    places[index] = place;
  }
  return found;
}

const HINTS = 64;
