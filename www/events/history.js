// The newest events that there are. The log gives them oldest first, behind a place; the places are numbers without
// large gaps, so the way back is a step, and a longer one for as long as too few are found.

/** The longest step: who looks for something that rare may ask once more. */
const LONGEST = 12_800;

/** Some `count` events up to a place, the newest first, and the place from which on they were looked for. */
export async function history(edge, place, count, known, filter) {
  const events = [];
  let from = place;
  for (let step = count; from > 0 && events.length < count && step <= LONGEST; step *= 4) {
    from = Math.max(0, from - step);
    events.push(...(await behind(edge, from, new Set([...known, ...events.map(({ id }) => id)]), filter)));
  }
  return { events, from };
}

/** The events behind a place, up to the first that is known, the newest first. */
async function behind(edge, place, known, filter) {
  const found = [];
  for (let cursor = `${place}`; cursor; ) {
    const { items, next } = await edge.events({ ...filter, cursor, limit: 100 });
    const end = items.findIndex(({ id }) => known.has(id));
    found.push(...(end < 0 ? items : items.slice(0, end)));
    cursor = end < 0 ? next : null;
  }
  return found.reverse();
}
