// A view that needs the key: without one it asks for it, and with another it is made anew.

import { byId, h } from "./dom.js";
import { session } from "../session.js";

/**
 * What such a view exports. `make(session, isShown)` gives its `elements`, and what to do when it is entered (`go`), left
 * (`rest`) and over (`end`); `title` says what would be here, and the focus goes to the element `first` with the key.
 */
export function keyed(place, { title, first, make }) {
  let view;
  let isShown = false;

  function build() {
    if (!session.edge) return place.replaceChildren(locked(title, () => byId(first).focus()));
    if (!view) {
      view = make(session, () => isShown);
      place.replaceChildren(...view.elements);
    }
    view.go();
  }

  session.addEventListener("change", () => {
    view?.end();
    view = undefined;
    place.replaceChildren();
    if (isShown) build();
  });

  return {
    enter() {
      isShown = true;
      build();
    },
    leave() {
      isShown = false;
      view?.rest();
    },
  };
}

/** An empty view that says what would be here, and asks for the key; `after` is called once there is one. */
function locked(title, after) {
  const ask = async () => {
    if (await session.ask()) after();
  };
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, title),
    h("p", {}, "It takes this Worker's key to see them. The key stays in the memory of this page."),
    h("p", {}, h("button", { type: "button", class: "primary", onclick: ask }, "Enter key")),
  );
}
