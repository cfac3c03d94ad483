// What went wrong, for the person in front of the page.

import { byId, h } from "./dom.js";

/** One line for an error of Chaski's or of the browser's. */
export function line(error) {
  if (error?.kind === "auth") return `The Worker does not take this key: ${error.message}.`;
  return `${error?.message ?? error}`;
}

/** An error in full: what it is, and each place that is wrong. */
export function told(error) {
  const places = (error?.errors ?? []).map(({ pointer, detail }) => h("li", {}, h("code", {}, pointer || "/"), ` ${detail}`));
  return h("div", { class: "wrong" }, line(error), places.length > 0 && h("ul", {}, places));
}

/** A fault of the page itself is shown, never swallowed. */
export function watch() {
  const show = (reason) => {
    const place = byId("trouble");
    place.hidden = false;
    place.textContent = `Something in this page failed: ${reason?.message ?? reason}. Loading it again may help.`;
  };
  addEventListener("error", (event) => show(event.error ?? event.message));
  addEventListener("unhandledrejection", (event) => show(event.reason));
}
