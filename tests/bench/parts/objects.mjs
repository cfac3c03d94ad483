// What the host makes for one request: its objects cost more than the work on the message.

import { message } from "../support/messages.mjs";
import { table } from "../support/report.mjs";
import { once } from "../support/right.mjs";
import { withSubjects } from "./workers.mjs";

const send = { path: "/v1/send", body: message };
const lookup = { method: "GET", path: "/v1/connections/pie/groups" };
const preview = { path: "/v1/messages/preview", body: message };
const asked = [
  ["send", send, ["pass", "rawjs", "hono", "module"]],
  ["lookup", lookup, ["pass", "hono", "worker"]],
  ["preview", preview, ["pass", "hono", "worker"]],
];

export const objects = {
  name: "host-objects",
  about: "what the host makes for each request, counted",
  seconds: () => 5,
  async run() {
    const names = [...new Set(asked.flatMap(([, , names]) => names))];
    const columns = await withSubjects(names, count, { probe: "counts" });
    const rows = [...new Set(columns.flatMap(({ counts }) => Object.keys(counts)))].sort();
    const head = ["for each request", ...columns.map(({ what, name }) => `${what}: \`${name}\``)];
    const text = [
      "Made, or called, for one request once the Worker is warm; the host's own, such as the request that comes in, are not among them.",
      table(head, rows.map((row) => [row, ...columns.map(({ counts }) => String(counts[row] ?? "–"))])),
    ].join("\n\n");
    return { text, bars: [] };
  },
};

async function count(subjects) {
  const columns = [];
  for (const [what, ask, names] of asked) {
    for (const name of names) {
      const subject = subjects.find((subject) => subject.name === name);
      const probe = async () => (await once(subject, { method: "GET", path: "/__probe" })).json;
      for (let warm = 0; warm < 5; warm += 1) await once(subject, ask);
      await probe();
      await once(subject, ask);
      columns.push({ what, name, counts: (await probe()).counts });
    }
  }
  return columns;
}
