// A button whose work takes a while.

/** Does it once: meanwhile the button says `words`, and takes no second press. */
export async function working(button, words, act) {
  // Not `disabled`: that would drop the focus.
  if (button.getAttribute("aria-disabled") === "true") return;
  const before = button.textContent;
  button.setAttribute("aria-disabled", "true");
  button.setAttribute("aria-busy", "true");
  button.textContent = words;
  try {
    await act();
  } finally {
    button.textContent = before;
    button.removeAttribute("aria-disabled");
    button.removeAttribute("aria-busy");
  }
}
