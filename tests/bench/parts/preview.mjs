// The product's own Worker without a gateway: what would be sent.

import { message } from "../support/messages.mjs";
import { checkRefused } from "../support/right.mjs";
import { comparison } from "./workers.mjs";

const ask = { path: "/v1/messages/preview", body: message };

export const preview = comparison({
  name: "preview",
  about: "POST /v1/messages/preview of the Worker, against Hono + zod",
  names: ["pass", "hono", "worker"],
  timed: ["hono", "worker"],
  ours: "worker",
  ask,
  async refuse(alike) {
    for (const body of [{ ...message, txt: 1 }, { ...message, reply_to: "ABC" }]) await checkRefused(alike, { ...ask, body }, 422);
  },
  bars: [
    { of: "cpu", name: "CPU of a preview by the Worker, against Hono + zod", most: 1 },
    { of: "above", name: "the same, above a pass-through", most: 1 },
  ],
  intro: "`POST /v1/messages/preview`: the message checked, A1Base's request built, its keys masked. Nothing is fetched.",
});
