// Direct sends: a message comes in, goes to the gateway, and its receipt comes back.

import { message } from "../support/messages.mjs";
import { checkRefused } from "../support/right.mjs";
import { comparison } from "./workers.mjs";

const ask = { path: "/v1/send", body: message };

export const send = comparison({
  name: "send",
  about: "a direct send through the npm module in a Worker, against Hono + zod",
  names: ["pass", "rawjs", "hono", "hono-tiny", "module"],
  timed: ["pass", "hono", "module"],
  ours: "module",
  ask,
  async refuse(alike, gateway) {
    await checkRefused(alike, { ...ask, body: "{" }, 400);
    const wrong = [{ text: "Hello" }, { ...message, txt: 1 }, { ...message, text: " " }, { ...message, reply_to: "ABC" }, { ...message, expires_in: "1" }];
    // By hand, and by nobody else, the reason is the same for all that is wrong.
    for (const body of wrong) await checkRefused(alike.filter(({ name }) => name !== "rawjs"), { ...ask, body }, 422);
    await gateway.tell({ status: 429, body: '{"message":"Too many requests"}' });
    await checkRefused(alike, ask, 503);
    await gateway.tell(null);
  },
  bars: [
    { of: "cpu", name: "CPU of a send, against Hono + zod", most: 1 },
    { of: "above", name: "the same, above a pass-through", most: 1 },
    { of: "p50", name: "median latency of a send", most: 1 },
    { of: "p99", name: "p99 of a send", most: 1.2 },
  ],
  intro:
    "Bearer key, a message of 305 bytes read and checked, A1Base's request built and sent, its answer of 246 bytes read, a receipt " +
    "sent back. `module` is a small Worker around the npm module; `hono` is Hono + zod with the same features, `hono-tiny` the " +
    "smallest of both, `rawjs` JavaScript without a library, `pass` text in, fetch, text out.",
});
