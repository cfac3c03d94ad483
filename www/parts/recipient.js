// To whom, in few words.

/** A recipient, or how many there are. */
export function recipient(to) {
  if (Array.isArray(to)) return to.length === 1 ? recipient(to[0]) : `${to.length} recipients`;
  return to?.group ?? to?.phone ?? "nobody";
}
