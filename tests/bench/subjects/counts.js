// A subject with a counter around what the host makes for it. Asked for /__probe, it tells what was made since it was asked last,
// and how many pages its wasm has.

import { counts, pages } from "./lib/watch.js";
import subject from "subject";

export * from "subject";

export default {
  async fetch(request, env, context) {
    if (!request.url.endsWith("/__probe")) return subject.fetch(request, env, context);
    const answer = new Response(JSON.stringify({ counts: { ...counts }, pages: pages() }));
    for (const name of Object.keys(counts)) delete counts[name];
    return answer;
  },
};
