// What the gateways report, as it comes in: the last ones at first, then live. The newest stand on top.

import { byId, h } from "../parts/dom.js";
import { head, more } from "./row.js";
import { history } from "./history.js";
import { copyButton, listing } from "../parts/listing.js";
import { keyed } from "../parts/keyed.js";
import { connectionChoices, select } from "../parts/select.js";
import { Rows } from "../parts/rows.js";
import { follow } from "./stream.js";
import { subscribersPanel } from "./subscribers.js";
import { told } from "../parts/trouble.js";
import { working } from "../parts/working.js";

const TYPES = [
  ["", "all"],
  ["message.*", "all of messages"],
  "message.received",
  "message.sent",
  "message.delivered",
  "message.read",
  "message.failed",
  ["connection.*", "connections up and down"],
  ["subscriber.*", "subscribers up and down"],
  "other",
];

/** How many rows are kept, and how many are asked for at once. */
const MOST = 500;
const PAGE = 50;

export const { enter, leave } = keyed(byId("events"), {
  title: "Events from all gateways, as they happen",
  first: "events-type",
  make: ({ edge, open }, isShown) => log(edge, open, isShown),
});

/** The list and its toolbar, for one key. */
function log(edge, open, isShown) {
  let items = [];
  let from = 0;
  let came = 0;
  let last = "";
  let hasPast = false;
  let saying;
  let asked = new AbortController();

  const state = h("p", { class: "live", role: "status" });
  const trouble = h("div", { role: "alert" });
  const none = h("div", { class: "empty", hidden: true });
  const older = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => working(older, "Loading…", back) }, "Older");
  const toolbar = h(
    "div",
    { class: "toolbar", role: "group", "aria-label": "Which events" },
    select("events-type", "Type", TYPES, () => again()),
    select("events-connection", "Connection", connectionChoices(), () => again()),
    state,
  );
  const choice = (name) => toolbar.querySelector(`#events-${name}`);
  const panel = subscribersPanel(edge);
  const asking = { edge, subscribers: panel.names, changed: panel.look, isShown };
  const rows = new Rows({ head, more: (event) => more(event, asking), label: "Events, the newest first", fallback: choice("type") });
  rows.element.classList.add("events");
  rows.element.hidden = true;

  const filter = () => ({ type: choice("type").value || undefined, connection: choice("connection").value || undefined });

  function draw(isFresh) {
    rows.show(items, isFresh);
    rows.element.hidden = items.length === 0;
    older.hidden = from <= 0 || items.length >= MOST;
  }

  const known = () => new Set(items.map(({ id }) => id));

  /** Those that are not known yet, before or behind the others. */
  function add(events, isFresh) {
    const before = known();
    const unknown = events.filter(({ id }) => !before.has(id));
    items = (isFresh ? [...unknown, ...items] : [...items, ...unknown]).slice(0, MOST);
    draw(() => isFresh);
    return unknown.length;
  }

  /** Live, until the signal says that it is enough. */
  async function go(signal) {
    const wanted = filter();
    const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
    // Who was here before goes on from there.
    if (!hasPast) last = "";
    let past = hasPast ? Promise.resolve() : undefined;
    const on = (now, place) => {
      say(now === "live" ? "Live" : "Reconnecting…", now === "live");
      if (now !== "live") return;
      last = place;
      past ??= before(Number(place), wanted, signal);
    };
    say("Connecting…", false);
    try {
      const ask = (headers, signal) => open(`/v1/events?${query}`, { headers, signal });
      for await (const { id, data } of follow({ open: ask, on, signal, last })) {
        const event = JSON.parse(data);
        // What came while the past was still being read stands above it.
        await past;
        if (signal.aborted) return;
        last = id;
        none.hidden = true;
        came += add([event], true);
        sayLater();
        if (event.type.startsWith("subscriber.")) panel.look();
      }
    } catch (error) {
      if (signal.aborted) return;
      say("Not live", false);
      trouble.replaceChildren(told(error), h("p", {}, h("button", { type: "button", onclick: () => again() }, "Try again")));
    }
  }

  /** What was before the stream began. */
  async function before(place, wanted, signal) {
    try {
      const found = await history(edge, place, PAGE, known(), { ...wanted, signal });
      if (signal.aborted) return;
      hasPast = true;
      from = found.from;
      add(found.events, false);
      none.hidden = items.length > 0;
      if (!none.hidden) none.replaceChildren(...nothing(wanted));
    } catch (error) {
      if (!signal.aborted) trouble.replaceChildren(told(error));
    } finally {
      rows.element.removeAttribute("aria-busy");
    }
  }

  async function back() {
    const { signal } = asked;
    try {
      const found = await history(edge, from, PAGE, known(), { ...filter(), signal });
      if (signal.aborted) return;
      from = found.from;
      add(found.events, false);
    } catch (error) {
      if (!signal.aborted) trouble.replaceChildren(told(error));
    }
  }

  function say(words, isOn) {
    state.classList.toggle("on", isOn);
    if (state.textContent !== words) state.textContent = words;
  }

  /** How many came, not for each of them: it is read aloud. */
  function sayLater() {
    saying ??= setTimeout(() => {
      saying = undefined;
      if (state.classList.contains("on")) say(`Live · ${came} new`, true);
    }, 1500);
  }

  function start() {
    asked = new AbortController();
    trouble.replaceChildren();
    panel.go();
    go(asked.signal);
  }

  /** All anew, for another choice. */
  function again() {
    rest();
    items = [];
    from = 0;
    came = 0;
    hasPast = false;
    none.hidden = true;
    rows.element.setAttribute("aria-busy", "true");
    draw();
    start();
  }

  function rest() {
    asked.abort();
    clearTimeout(saying);
    saying = undefined;
    panel.rest();
  }

  return {
    elements: [panel.element, toolbar, trouble, none, rows.element, h("p", { class: "further" }, older)],
    go: start,
    rest,
    end: rest,
  };
}

/** What to do where there is nothing. */
function nothing({ type, connection }) {
  if (type || connection) return [h("h2", {}, "None like that"), h("p", {}, "This view is live: the first one shows up here by itself.")];
  const url = `${location.origin}/v1/inbound/`;
  const example = `curl -s ${url}whatspie/sandbox-inbound-key -d '{"message":"Hi","from":"6285156055377","message_id":"A1"}'`;
  return [
    h("h2", {}, "Nothing has come in yet"),
    h("p", {}, "At the gateway, set as the webhook’s URL ", h("code", {}, `${url}<connection>/<inbound_key>`), ". Where it signs and the connection has the secret, the key may be left out."),
    h("p", {}, "With the sandbox of ", h("code", {}, "npm start"), ", be a gateway yourself:"),
    h("div", { class: "over" }, listing(example, "curl"), copyButton(() => example, "the command")),
  ];
}
