// The visitor's key, and the Worker spoken to with it. It is kept in a variable of this module and nowhere else.

import { Edge } from "./chaski/edge.js";
import { byId } from "./parts/dom.js";
import { line } from "./parts/trouble.js";
import { working } from "./parts/working.js";

/** Emits "change" when a key comes or goes. */
export const session = new EventTarget();

/** The Worker, once there is a key. */
session.edge = null;

/** `fetch` with the key, for what the client does not do: it gives no streams. */
session.open = null;

/** The connections of the Worker, once there is a key that may see them. */
session.connections = [];

const dialog = byId("key-dialog");
const input = byId("key");
const wrong = byId("key-wrong");

/** Asks for a key, where there is none yet. Gives the Worker, or null where the visitor would rather not. */
session.ask = () => (session.edge ? Promise.resolve(session.edge) : openDialog());

function openDialog() {
  wrong.textContent = "";
  byId("key-forget").hidden = !session.edge;
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(session.edge), { once: true }));
}

async function use(key) {
  const edge = new Edge({ url: location.origin, key });
  const connections = await edge.connections().catch((error) => {
    // A token that is good, and may not see them.
    if (error.status === 403) return { items: [] };
    throw error;
  });
  const open = (path, { headers, ...rest } = {}) => fetch(path, { ...rest, headers: { ...headers, authorization: `Bearer ${key}` } });
  change(edge, connections.items, open);
}

function change(edge, connections, open = null) {
  session.edge = edge;
  session.open = open;
  session.connections = connections;
  byId("key-button").textContent = edge ? "Key in use" : "Enter key";
  session.dispatchEvent(new Event("change"));
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  working(event.submitter, "Asking …", tried);
});

/** Takes the key that was entered, if the Worker does. */
async function tried() {
  wrong.textContent = "";
  try {
    await use(input.value.trim());
    input.value = "";
    dialog.close();
  } catch (error) {
    wrong.textContent = line(error);
    input.focus();
  }
}

byId("key-cancel").addEventListener("click", () => dialog.close());
byId("key-forget").addEventListener("click", () => {
  change(null, []);
  dialog.close();
});
byId("key-reveal").addEventListener("change", (event) => (input.type = event.target.checked ? "text" : "password"));
dialog.addEventListener("close", () => (input.value = ""));
byId("key-button").addEventListener("click", openDialog);
