// The page: one view at a time, by the fragment of its address. A view is loaded when it is first looked at.

import "./session.js";
import { byId } from "./parts/dom.js";
import { watch } from "./parts/trouble.js";

watch();

const views = {
  compose: () => import("./compose/compose.js"),
  messages: () => import("./messages/messages.js"),
  events: () => import("./events/events.js"),
  inspect: () => import("./inspect/inspect.js"),
};

/** Those that were looked at, by name: `enter` and `leave` where a view wants to know. */
const opened = new Map();
let shown;

async function show() {
  const asked = location.hash.slice(1);
  const name = Object.hasOwn(views, asked) ? asked : "compose";
  if (name === shown) return;
  const isFirst = shown === undefined;
  if (shown) (await opened.get(shown))?.leave?.();
  shown = name;
  for (const other of Object.keys(views)) byId(`view-${other}`).hidden = other !== name;
  for (const link of document.querySelectorAll(".top nav a")) {
    if (link.getAttribute("href") === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = name === "compose" ? "Chaski: one message, five WhatsApp gateways" : `${byId(`title-${name}`).textContent} · Chaski`;
  // Who came by a link goes on reading where the view begins.
  if (!isFirst) byId("main").focus({ preventScroll: true });
  if (!opened.has(name)) opened.set(name, views[name]());
  const view = await opened.get(name);
  if (shown === name) view.enter?.();
}

/** What the page weighs, once all of it has come: the browser knows. */
function weigh() {
  const files = performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"));
  const size = (some) => Math.round(some.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1000);
  const wasm = files.filter(({ name }) => name.endsWith(".wasm"));
  if (wasm.length > 0) byId("weight").textContent = `this page is ${size(files)} kB, ${size(wasm)} of them Rust compiled to wasm`;
}

addEventListener("hashchange", show);
show().then(() => setTimeout(weigh, 1000));
