// What the inspector found out, written so that only what has changed is touched: the reader may be in the middle of it.

import { h } from "../parts/dom.js";
import { typeTag, what } from "../events/row.js";
import { copyButton, write } from "../parts/listing.js";

const STATES = {
  holds: ["The signature holds", "good"],
  wrong: ["The signature is wrong", "bad"],
  stale: ["The signature is too old", "bad"],
  missing: ["The signature is missing", "bad"],
  unchecked: ["The signature was not checked", ""],
  none: ["No signature", ""],
};

const whose = h("h2", {});
const aside = h("p", { class: "hint" });
const state = h("strong", {});
const why = h("p", {});
const signature = h("div", { class: "signature" }, state, why);
const list = h("ul", { class: "says" });
const text = { now: "" };
const place = h("pre", { class: "listing", tabIndex: 0, role: "group", "aria-label": "The events as JSON" });
const title = h("h3", {});
const panel = h("div", { class: "panel" }, h("div", { class: "panel-head" }, title, copyButton(() => text.now, "the events")), place);
const status = h("div", { class: "found", role: "status" }, h("div", {}, whose, aside), signature);

function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

export const result = {
  elements: [status, list, panel],

  empty() {
    put(whose, "Nothing to read yet");
    put(aside, "Paste a body, drop a file, or begin with a sample: the answer stands here while you type.");
    signature.hidden = list.hidden = panel.hidden = true;
  },

  show({ provider, also, isUnderstood, events, signature: verdict }, names) {
    const name = names[provider];
    panel.hidden = events.length === 0;
    list.hidden = !isUnderstood;
    signature.hidden = !verdict;
    if (!provider) {
      put(whose, "None of the five gateways");
      put(aside, "No gateway’s documentation has anything like it. The Worker would take it at a connection’s URL all the same, as an event of type other with all of it in raw: nothing is lost. To see that, say above whose it is.");
      return;
    }
    put(whose, isUnderstood ? `Looks like ${name}` : `Looks like ${name}: nothing that is known`);
    put(aside, explained({ also, isUnderstood, events, name, names }));
    const [words, tone] = STATES[verdict.state];
    signature.className = `signature ${tone}`.trim();
    put(state, words);
    put(why, `${verdict.text}${tone === "bad" ? " The Worker turns it away." : ""}`);
    list.replaceChildren(...events.slice(0, 20).map((event) => h("li", {}, typeTag(event.type), h("span", {}, what(event)))));
    put(title, events.length === 1 ? "The event" : `The ${events.length} events`);
    const now = JSON.stringify(events.length === 1 ? events[0] : events, null, 2);
    if (now === text.now) return;
    text.now = now;
    write(place, now, "json");
  },
};

function explained({ also, isUnderstood, events, name, names }) {
  if (!isUnderstood) return `No member tells what Chaski has a word for, so its type is other. ${name}’s own data is whole in raw, where a subscriber finds it.`;
  const others = events.filter(({ type }) => type === "other").length;
  const parts = [];
  if (also.length > 0) parts.push(`${also.map((slug) => names[slug]).join(" and ")} could have sent the same: choose above, if that is whose it is.`);
  if (others > 0) parts.push(`${others} of ${events.length} ${others === 1 ? "is" : "are"} unknown: type other, with all of it in raw.`);
  if (parts.length === 0) parts.push(events.length === 1 ? "One event, the same whichever gateway it came from." : `${events.length} events, in this order.`);
  return parts.join(" ");
}
