// An event once more, to a subscriber, and what becomes of it there.

import { h, moment } from "../parts/dom.js";
import { tag } from "../parts/timeline.js";
import { told } from "../parts/trouble.js";
import { working } from "../parts/working.js";

/** Milliseconds between two looks, and for how long the first try is waited for: there may be others before it. */
const SOON = 1000;
const PATIENCE = 20_000;

/** How many pages of deliveries are looked through: the newest events are on the first. */
const PAGES = 10;

/** A button for each subscriber; nothing where there is none. */
export function replaying(event, { edge, subscribers, changed, isShown }) {
  const buttons = subscribers().map((name) => one(name, event, edge, changed, isShown));
  if (buttons.length === 0) return h("p", { class: "hint" }, "With a subscriber in the configuration, it could be sent there again from here.");
  return h("div", { class: "replays" }, buttons);
}

function one(name, event, edge, changed, isShown) {
  const button = h("button", { type: "button", class: "small" }, `Send to ${name} again`);
  const outcome = h("div", { class: "outcome", role: "status" });
  const send = async () => {
    outcome.replaceChildren();
    try {
      await edge.replay(name, { event: event.id });
      changed();
      await watch(name, event, edge, outcome, isShown);
    } catch (error) {
      outcome.replaceChildren(told(error));
    }
    changed();
  };
  button.addEventListener("click", () => working(button, "Sending…", send));
  return h("div", { class: "replay" }, button, outcome);
}

/** Shows the delivery as it goes, until it was tried: when the next try is, if one is needed, is told then. */
async function watch(name, event, edge, outcome, isShown) {
  const end = Date.now() + PATIENCE;
  let shown;
  for (;;) {
    const delivery = await find(name, event.id, edge);
    const text = JSON.stringify(delivery);
    if (text !== shown) outcome.replaceChildren(...(delivery ? outcomeOf(delivery) : ["It is queued."]));
    shown = text;
    const isTried = delivery && (delivery.status !== "pending" || lastTry(delivery));
    if (isTried || Date.now() > end || !isShown() || !outcome.isConnected) return;
    await new Promise((resolve) => setTimeout(resolve, SOON));
  }
}

async function find(name, id, edge) {
  let cursor;
  for (let page = 0; page < PAGES; page += 1) {
    const { items, next } = await edge.deliveries(name, { cursor, limit: 100 });
    const found = items.find(({ event }) => event === id);
    if (found || !next) return found;
    cursor = next;
  }
  return undefined;
}

/** What a subscriber answered to a try. */
export const answered = ({ http_status: status, error, body }) => [status && `HTTP ${status}`, error, !error && body && status >= 300 && body.slice(0, 120)].filter(Boolean).join(": ");

/** The last try since it was queued. */
const lastTry = ({ attempts, queued_at: queued }) => attempts.filter(({ at }) => Date.parse(at) >= Date.parse(queued)).at(-1);

function outcomeOf(delivery) {
  const { status, next_at: next } = delivery;
  const last = lastTry(delivery);
  const label = tag(status);
  if (status === "delivered") label.classList.add("good");
  if (status === "failed") label.classList.add("bad");
  return [label, " ", last ? answered(last) : "not tried yet", ...(status === "pending" && last && next ? [", next try ", moment(next)] : [])];
}
