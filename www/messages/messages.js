// The messages of the Worker, the newest first, kept up to date for as long as they are looked at.

import { byId, h } from "../parts/dom.js";
import { keyed } from "../parts/keyed.js";
import { connectionChoices, select } from "../parts/select.js";
import { head, more } from "./row.js";
import { Rows } from "../parts/rows.js";
import { isOver, statuses } from "../parts/timeline.js";
import { line, told } from "../parts/trouble.js";
import { working } from "../parts/working.js";

/** Milliseconds between two looks: while something is on its way, and else; and after one that failed, up to. */
const SOON = 1000;
const LATER = 3000;
const LATEST = 30_000;

export const { enter, leave } = keyed(byId("messages"), {
  title: "Messages that were sent, and what became of them",
  first: "messages-status",
  make: ({ edge }, isShown) => follow(edge, isShown),
});

/** The list and its toolbar, for one key. */
function follow(edge, isShown) {
  let items = [];
  let next = null;
  let failures = 0;
  let timer;
  let asked = new AbortController();

  const state = h("p", { class: "live", role: "status" });
  const trouble = h("div", { role: "alert" });
  const none = h("div", { class: "empty", hidden: true });
  const older = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => working(older, "Loading…", page) }, "Older");
  const refresh = h("button", { type: "button", class: "quiet", onclick: () => working(refresh, "Refresh", again) }, "Refresh");
  const toolbar = h(
    "div",
    { class: "toolbar", role: "group", "aria-label": "Which messages" },
    select("messages-status", "Status", [["", "all"], ...statuses], () => again()),
    select("messages-connection", "Connection", connectionChoices(), () => again()),
    refresh,
    state,
  );
  const choice = (name) => toolbar.querySelector(`#messages-${name}`);
  const rows = new Rows({ head, more: (message, row) => more(message, row, { edge, put }), label: "Messages", fallback: choice("status") });
  rows.element.hidden = true;

  const filter = () => ({ status: choice("status").value || undefined, connection: choice("connection").value || undefined });

  function draw() {
    rows.show(items);
    rows.element.hidden = items.length === 0;
    older.hidden = next === null;
    none.hidden = items.length > 0;
    if (!none.hidden) none.replaceChildren(...nothing());
  }

  function nothing() {
    const { status, connection } = filter();
    if (!status && !connection) {
      return [h("h2", {}, "No messages yet"), h("p", {}, "What is sent through this Worker shows up here at once. ", h("a", { href: "#compose" }, "Write one"), ".")];
    }
    const all = () => {
      choice("status").value = choice("connection").value = "";
      choice("status").focus();
      again();
    };
    return [h("h2", {}, "None like that"), h("p", {}, `No message ${status ? `is ${status}` : "was tried"}${connection ? ` at ${connection}` : ""}.`), h("p", {}, h("button", { type: "button", onclick: all }, "Show all"))];
  }

  /** A message that was told by itself takes the place of what was known of it. */
  function put(message) {
    items = items.map((item) => (item.id === message.id ? message : item));
    draw();
    look(SOON / 2);
  }

  /** The newest page takes the place of what it covers; what is older stays. */
  function merge(page) {
    const last = page.next === null ? -1 : items.findIndex(({ id }) => id === page.items.at(-1)?.id);
    const isWhole = page.next === null || last < 0;
    items = isWhole ? page.items : [...page.items, ...items.slice(last + 1)];
    if (isWhole) next = page.next;
    draw();
  }

  async function look(wait = 0) {
    clearTimeout(timer);
    if (wait > 0) return (timer = setTimeout(look, wait));
    if (!isShown()) return;
    // Nobody is looking: the page wakes up with `visibilitychange`.
    if (document.hidden) return;
    const { signal } = asked;
    try {
      merge(await edge.messages({ ...filter(), signal }));
      await others(signal);
      failures = 0;
      trouble.replaceChildren();
      live(true, "Live");
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      live(false, "Trying again…");
      if (error.kind === "auth" || error.kind === "invalid") {
        live(false, "Not live");
        return trouble.replaceChildren(told(error));
      }
      const why = error.status ? line(error) : "the Worker cannot be reached";
      trouble.replaceChildren(h("p", { class: "wrong" }, items.length > 0 ? `What is shown may be old: ${why}.` : `Nothing to show: ${why}.`));
    }
    if (signal.aborted) return;
    const isBusy = items.some((message) => ["queued", "sending"].includes(message.status) && Date.now() - Date.parse(message.updated_at) < 60_000);
    look(failures > 0 ? Math.min(LATER * 2 ** failures, LATEST) : isBusy ? SOON : LATER);
  }

  /** Those that are open, further down than the newest page, and not over. */
  async function others(signal) {
    const open = new Set(rows.open);
    const wanted = items.slice(50).filter((message) => open.has(message.id) && !isOver(message));
    const found = await Promise.all(wanted.map(({ id }) => edge.message(id, { signal })));
    if (found.length === 0) return;
    items = items.map((item) => found.find(({ id }) => id === item.id) ?? item);
    draw();
  }

  function live(isOn, words) {
    state.classList.toggle("on", isOn);
    if (state.textContent !== words) state.textContent = words;
  }

  /** From the newest on, whatever was shown before. */
  async function again() {
    asked.abort();
    asked = new AbortController();
    items = [];
    next = null;
    failures = 0;
    rows.element.setAttribute("aria-busy", "true");
    await look();
    rows.element.removeAttribute("aria-busy");
  }

  async function page() {
    const { signal } = asked;
    try {
      const found = await edge.messages({ ...filter(), cursor: next, signal });
      if (signal.aborted) return;
      const known = new Set(items.map(({ id }) => id));
      items = [...items, ...found.items.filter(({ id }) => !known.has(id))];
      next = found.next;
      draw();
    } catch (error) {
      if (!signal.aborted) trouble.replaceChildren(told(error));
    }
  }

  const wake = () => !document.hidden && look();
  document.addEventListener("visibilitychange", wake);

  return {
    elements: [toolbar, trouble, none, rows.element, h("p", { class: "further" }, older)],
    go: () => look(),
    rest: () => clearTimeout(timer),
    end() {
      clearTimeout(timer);
      asked.abort();
      document.removeEventListener("visibilitychange", wake);
    },
  };
}
