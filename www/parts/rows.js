// A list that goes on changing under the reader: rows are kept by their id and changed in place, so that what is open
// stays open, what is scrolled stays scrolled, and the focus stays where it is.

import { h, same } from "./dom.js";

/**
 * A list of rows. `head(item)` gives what its summary shows, `more(item, row)` what it shows once it is opened.
 * `fallback` takes the focus where a row goes away under it.
 */
export class Rows {
  #rows = new Map();
  #make;
  #fallback;

  constructor({ head, more, label, fallback }) {
    this.element = h("ol", { class: "rows", "aria-label": label });
    this.#make = (item) => new Row(item, head, more);
    this.#fallback = fallback;
  }

  /** Shows these, in this order; `isFresh` says which of those that were not there are pointed out. */
  show(items, isFresh = () => false) {
    const ids = new Set(items.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue;
      const hadFocus = row.element.contains(document.activeElement);
      row.element.remove();
      this.#rows.delete(id);
      if (hadFocus) this.#fallback?.focus();
    }
    let place = this.element.firstElementChild;
    for (const item of items) {
      let row = this.#rows.get(item.id);
      if (row) row.show(item);
      else {
        row = this.#make(item);
        if (isFresh(item)) row.element.classList.add("fresh");
        this.#rows.set(item.id, row);
      }
      if (row.element === place) place = place.nextElementSibling;
      else this.element.insertBefore(row.element, place);
    }
  }

  /** The ids of those that are open. */
  get open() {
    return [...this.#rows].filter(([, row]) => row.isOpen).map(([id]) => id);
  }
}

class Row {
  #head;
  #more;
  #item;
  #summary = h("summary");
  #inside = h("div", { class: "more" });
  #details;

  constructor(item, head, more) {
    this.#head = head;
    this.#more = more;
    this.#details = h("details", { ontoggle: () => this.#fill() }, this.#summary, this.#inside);
    this.element = h("li", { class: "row" }, this.#details);
    /** What went wrong with it here: it outlasts what is shown of the item. */
    this.trouble = h("div", { role: "alert" });
    this.show(item);
  }

  get isOpen() {
    return this.#details.open;
  }

  show(item) {
    if (same(item, this.#item)) return;
    this.#item = item;
    this.#summary.replaceChildren(...this.#head(item));
    this.#fill();
  }

  focus() {
    this.#summary.focus();
  }

  #fill() {
    if (!this.isOpen) return this.#inside.replaceChildren();
    const { activeElement } = document;
    const hadFocus = this.#inside.contains(activeElement);
    const label = hadFocus && labelOf(activeElement);
    // What was unfolded inside stays unfolded.
    const unfolded = new Set([...this.#inside.querySelectorAll("details[open] > summary")].map(labelOf));
    this.#inside.replaceChildren(...this.#more(this.#item, this));
    for (const summary of this.#inside.querySelectorAll("details > summary")) summary.parentElement.open ||= unfolded.has(labelOf(summary));
    if (!hadFocus) return;
    const again = [...this.#inside.querySelectorAll("button, summary, a, pre")].find((element) => labelOf(element) === label);
    (again ?? this.#summary).focus();
  }
}

const labelOf = (element) => element.getAttribute("aria-label") ?? element.textContent;
