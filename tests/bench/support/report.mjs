// What was measured, as Markdown: ratios first, with how far they lie apart.

/** A table; columns but the first are numbers. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}

/** A number with as many digits as mean something. */
export function number(value, digits) {
  if (!Number.isFinite(value)) return "–";
  const places = digits ?? (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  return value.toFixed(places);
}

/** A figure, and from where to where the rounds went. */
export const ranged = (value, [low, high], digits) => `${number(value, digits)} (${number(low, digits)}–${number(high, digits)})`;

export const thousands = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");

/**
 * A promise that a figure keeps, or does not.
 * @param limit `{ most }` or `{ least }`
 */
export function bar(name, value, { most, least, spread, unit = "" }) {
  const isMet = Number.isFinite(value) && (most === undefined ? value >= least : value <= most);
  return { name, value, spread, unit, limit: most === undefined ? `≥ ${least}${unit}` : `≤ ${most}${unit}`, isMet };
}

export function barsTable(bars) {
  const rows = bars.map(({ name, value, spread, unit, limit, isMet }) => {
    const told = spread ? ranged(value, spread) : number(value);
    return [name, `${isMet ? told : `**${told}**`}${unit}`, limit, isMet ? "met" : "**missed**"];
  });
  return table(["what", "measured", "bar", ""], rows);
}

const BEGIN = "<!-- measured: what stands from here on is written by `npm run bench` -->";
const END = "<!-- /measured: what stands from here on is written by people -->";

/** The file with a new report in it: what people wrote above and below stays. */
export function replaced(file, report) {
  const [begin, end] = [file.indexOf(BEGIN), file.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`BENCHMARKS.md lacks its two markers:\n${BEGIN}\n${END}`);
  return `${file.slice(0, begin)}${BEGIN}\n\n${report.trim()}\n\n${file.slice(end)}`;
}
