// Who gets the events, and how each of them fares.

import { h, moment } from "../parts/dom.js";
import { answered } from "./replaying.js";
import { told } from "../parts/trouble.js";
import { working } from "../parts/working.js";

/** Milliseconds between two looks. */
const LATER = 10_000;

/** In how many pages of deliveries a fault is looked for: those that wait behind it come first. */
const PAGES = 5;

/** Before any event. */
const EVER = "1970-01-01T00:00:00Z";

const STATES = {
  up: { text: "active", tone: "good" },
  failing: { text: "failing", tone: "bad" },
  paused: { text: "paused", tone: "bad" },
};

/** The panel: `names()` are those there are. It looks for itself between `go()` and `rest()`. */
export function subscribersPanel(edge) {
  let items = [];
  let shown;
  let timer;
  let isShown = false;
  let faults = new Map();
  const paused = new Map();
  const list = h("ul", { class: "subscribers" });
  const trouble = h("div", { role: "alert" });
  const title = h("summary", {}, "Subscribers");
  const element = h("details", { class: "panel-of", open: true }, title, list, trouble);

  async function look() {
    clearTimeout(timer);
    if (!isShown) return;
    // Nobody is looking.
    if (document.hidden) return (timer = setTimeout(look, LATER));
    try {
      ({ items } = await edge.subscribers());
      faults = new Map(await Promise.all(items.filter(({ state }) => state !== "up").map(async (item) => [item.name, await fault(item)])));
      draw();
    } catch (error) {
      // A token may be kept from seeing them: then there is no panel.
      if (error.status === 403) element.hidden = true;
      else if (!shown) trouble.replaceChildren(told(error));
    }
    clearTimeout(timer);
    if (isShown) timer = setTimeout(look, LATER);
  }

  /** What a subscriber said last where it said no: of the newest deliveries that were tried at all. */
  async function fault({ name, paused_at: since }) {
    const former = faults.get(name);
    // Nothing goes to one that is paused.
    if (former && since && paused.get(name) === since) return former;
    paused.set(name, since);
    for (let cursor, page = 0; page < PAGES; page += 1) {
      const { items, next } = await edge.deliveries(name, { cursor, limit: 100 });
      const tries = items.flatMap(({ attempts }) => attempts).filter(({ error, http_status: status }) => error || status >= 300);
      if (tries.length > 0) return tries.sort((one, other) => Date.parse(one.at) - Date.parse(other.at)).at(-1);
      if (!next) break;
      cursor = next;
    }
    return former;
  }

  function draw() {
    const now = JSON.stringify([items, [...faults]]);
    if (now === shown) return;
    shown = now;
    trouble.replaceChildren();
    title.textContent = items.length > 0 ? `Subscribers (${items.length})` : "Subscribers (none)";
    const had = list.contains(document.activeElement) && document.activeElement.closest("li").dataset.name;
    list.replaceChildren(...(items.length > 0 ? items.map(one) : [none()]));
    if (had) (list.querySelector(`[data-name="${CSS.escape(had)}"] button`) ?? title).focus();
  }

  function one({ name, origin, state, paused_at: since, pending, failed, events, connections }) {
    const { text, tone } = STATES[state] ?? { text: state };
    const fault = faults.get(name);
    const wants = `${events.join(", ")}${connections ? ` of ${connections.join(", ")}` : ""}`;
    const counts = [pending > 0 && `${pending} waiting`, failed > 0 && `${failed} given up`].filter(Boolean).join(", ") || "nothing waits";
    const actions = [
      since && sending(name, `Resume ${name}, with what came since`, "Resuming…", { since }),
      failed > 0 && sending(name, `Send ${name} what was given up`, "Sending…", { since: EVER, status: "failed" }),
    ].filter(Boolean);
    const row = h(
      "li",
      {},
      h("div", { class: "subscriber" }, h("strong", {}, name), h("span", { class: `tag ${tone ?? ""}` }, text), h("span", { class: "aside" }, counts)),
      h("p", { class: "aside" }, origin, " · ", wants),
      fault && h("p", { class: "aside" }, "Last fault ", moment(fault.at), `: ${answered(fault)}`),
      since && h("p", { class: "aside" }, "Paused since ", moment(since), ": its events are kept."),
      actions.length > 0 && h("div", { class: "actions" }, actions),
    );
    row.dataset.name = name;
    return row;
  }

  /** A button that replays these events to a subscriber. */
  function sending(name, words, busy, events) {
    const button = h("button", { type: "button", class: "small" }, words);
    const send = async () => {
      trouble.replaceChildren();
      try {
        await edge.replay(name, events);
        shown = undefined;
        await look();
      } catch (error) {
        trouble.replaceChildren(told(error));
      }
    };
    button.addEventListener("click", () => working(button, busy, send));
    return button;
  }

  return {
    element,
    names: () => items.map(({ name }) => name),
    look,
    go() {
      isShown = true;
      look();
    },
    rest() {
      isShown = false;
      clearTimeout(timer);
    },
  };
}

const none = () => h("li", { class: "aside none" }, "Nobody gets these events yet. ", h("code", {}, '"subscribers": { "crm": { "url": "https://…", "secret": "$CRM_WHSEC" } }'), " in ", h("code", {}, "CHASKI_CONFIG"), " posts each of them there, signed.");
