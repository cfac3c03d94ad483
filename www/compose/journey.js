// One message that was sent from this page, followed to its end.

import { byId, h } from "../parts/dom.js";
import { isOver, item, steps } from "../parts/timeline.js";
import { told } from "../parts/trouble.js";

/** Milliseconds between two looks: eager at first, calm later. */
const EAGER = 400;
const CALM = 3000;

/** How long it is followed, in milliseconds: not every gateway says that a message has arrived. */
const PATIENCE = 120_000;

let following;

/** Shows what becomes of a message, or of the first of a batch. Ends when another is followed. */
export async function follow(edge, answer) {
  following?.abort();
  following = new AbortController();
  const { signal } = following;
  byId("journey").hidden = false;
  const list = byId("timeline");
  list.replaceChildren();
  const seen = new Map();
  const note = h("li", { class: "waiting" });
  let message = answer.items?.[0] ?? answer;
  const started = Date.now();
  try {
    for (;;) {
      if (signal.aborted) return;
      show(list, seen, message);
      const age = Date.now() - started;
      if (isOver(message) || age > PATIENCE) break;
      list.append(note);
      note.textContent = message.status === "scheduled" ? "Waiting for its time. It can be cancelled under Messages." : "Looking for news …";
      await pause(age < 10_000 ? EAGER : CALM, signal);
      if (signal.aborted) return;
      message = await edge.message(message.id, { signal });
    }
    note.remove();
    if (!isOver(message)) list.append(h("li", {}, "The gateway says no more about it."));
  } catch (error) {
    if (signal.aborted) return;
    note.remove();
    list.append(h("li", { class: "bad" }, told(error)));
  }
}

/** Adds the steps that are new, and writes anew those that have changed. */
function show(list, seen, message) {
  for (const step of steps(message)) {
    const text = JSON.stringify(step);
    const before = seen.get(step.key);
    if (before?.text === text) continue;
    const element = item(step);
    if (before) before.element.replaceWith(element);
    else list.append(element);
    seen.set(step.key, { text, element });
  }
}

/** A pause that waits longer while nobody looks. */
const pause = (milliseconds, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, document.hidden ? CALM : milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
