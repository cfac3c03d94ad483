// Whether two subjects ask the same of their storage, statement by statement: what is compared would drift apart otherwise.

import { setTimeout } from "node:timers/promises";
import { plainError } from "../../../src/tools/process.mjs";
import { withSubjects } from "../parts/workers.mjs";
import { once } from "./right.mjs";

/** Throws unless both make the same tables, and run the same for a message that is accepted and for one that is delivered. */
export async function checkSameStatements(names, path, toChat) {
  await withSubjects(names, compare, { probe: "statements" });

  async function compare(subjects, gateway) {
    const [ours, theirs] = await Promise.all(subjects.map((subject) => logged(subject, gateway)));
    for (const part of Object.keys(ours)) {
      const at = ours[part].findIndex((line, at) => line !== theirs[part][at]);
      if (at < 0 && ours[part].length === theirs[part].length) continue;
      const place = at < 0 ? ours[part].length : at;
      throw plainError(`${names.join(" and ")} do not run the same SQL (${part}, ${place + 1}):\n${ours[part][place]}\n${theirs[part][place]}`);
    }
  }

  async function logged(subject) {
    const log = async () => (await once(subject, { method: "GET", path: "/__statements" })).json;
    const post = async (at, sendAt) => once(subject, { path, body: toChat(at, sendAt) });
    await post(0, new Date(Date.now() + 3_600_000));
    const tables = (await log()).filter((line) => line.startsWith("CREATE")).map((line) => line.replace(" []", ""));
    await post(1, new Date(Date.now() + 3_600_000));
    const accepted = await log();
    await post(2);
    await setTimeout(500);
    const delivered = await log();
    return { tables, accepted, delivered };
  }
}
