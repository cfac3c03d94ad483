// What the suites of durable delivery share.

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

/** Waits for what no event tells; returns what `condition` found. `what` is told where it never comes. */
export async function until(what, condition, within = 10_000) {
  const end = Date.now() + within;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) assert.fail(`not within ${within} ms: ${what}`);
    await delay(20);
  }
}

/** Phone numbers that nobody had before, so that no chat waits for another. `area` is the file's own: two digits. */
export function createPhones(area) {
  let last = 0;
  return () => `+62${area}${String((last += 1)).padStart(9, "0")}`;
}

export const digits = (text) => text.replace(/\D/g, "");

/** All messages that the API lists, page by page. */
export async function listed({ api }, filters = {}) {
  const items = [];
  for (let cursor = null; ; ) {
    const query = new URLSearchParams({ limit: 100, ...filters, ...(cursor && { cursor }) });
    const { status, text, json } = await api("GET", `/v1/messages?${query}`);
    assert.equal(status, 200, text);
    items.push(...json.items);
    cursor = json.next;
    if (cursor === null) return items;
  }
}

/** The message as it is now. */
export async function read({ api }, id) {
  const { status, text, json } = await api("GET", `/v1/messages/${id}`);
  assert.equal(status, 200, text);
  return json;
}

/** Waits until a message has one of these statuses, and returns it. */
export function reaches(worker, id, statuses, within) {
  const wanted = [statuses].flat();
  return until(`${id} is ${wanted.join(" or ")}`, async () => {
    const message = await read(worker, id);
    return wanted.includes(message.status) && message;
  }, within);
}

/** Waits until a message is not sent any more, and returns it. */
export function ends(worker, id, within) {
  return until(`${id} comes to an end`, async () => {
    const message = await read(worker, id);
    return isFinal(message) && message;
  }, within);
}

/** What became of each try, in a form that is easily compared. */
export const outcomes = ({ attempts }) => attempts.map(({ connection, outcome }) => `${connection} ${outcome}`);

/** Whether nothing is sent any more. `queued` is both: it waits here, or at the provider that took it. */
export function isFinal({ status, attempts }) {
  if (status === "queued") return attempts.at(-1)?.outcome === "accepted";
  return status !== "scheduled" && status !== "sending";
}

/** A list's items by key, in a Map. */
export function grouped(list, keyOf) {
  const groups = new Map();
  for (const item of list) {
    const key = keyOf(item);
    groups.has(key) ? groups.get(key).push(item) : groups.set(key, [item]);
  }
  return groups;
}
