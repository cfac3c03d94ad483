// What a view shows for as long as there is no key.

import { h } from "./dom.js";
import { session } from "../session.js";

/** An empty view that says what would be here, and asks for the key; `after` is called once there is one. */
export function locked(what, after) {
  const ask = async () => {
    if (await session.ask()) after();
  };
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, what),
    h("p", {}, "It takes this Worker's key to see them. The key stays in the memory of this page."),
    h("p", {}, h("button", { type: "button", class: "primary", onclick: ask }, "Enter key")),
  );
}
