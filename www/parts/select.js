// Fields to choose from.

import { h } from "./dom.js";
import { session } from "../session.js";

/** A select with its label: `choices` are values, or pairs of a value and its words. */
export function select(id, label, choices, onchange) {
  const options = choices.map((choice) => {
    const [value, words] = [choice].flat();
    return h("option", { value }, words ?? value);
  });
  const field = h("select", { id, onchange }, options);
  return h("label", { class: "field", for: id }, label, " ", field);
}

/** The connections as choices of a select. */
export const connectionChoices = () => [["", "all connections"], ...session.connections.map(({ name }) => name)];
