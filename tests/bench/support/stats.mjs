// Numbers from several rounds: one figure, and how far the rounds lie apart.

export function median(values) {
  const row = [...values].sort((one, other) => one - other);
  const middle = (row.length - 1) / 2;
  return (row[Math.floor(middle)] + row[Math.ceil(middle)]) / 2;
}

export const lowest = (values) => Math.min(...values);

/** From the lowest to the highest. */
export const spread = (values) => [Math.min(...values), Math.max(...values)];

/** One value for each round, out of the rounds of two subjects: they ran one after the other, on the same machine state. */
export const paired = (ours, theirs, combine) => ours.map((value, round) => combine(value, theirs[round]));

/** The order of one round: every second one backwards, so that nobody always comes first. */
export const inTurn = (names, round) => (round % 2 === 0 ? names : [...names].reverse());
