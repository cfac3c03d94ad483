// What stands in front of both Durable Objects in JavaScript: Hono and zod.

import { Hono } from "hono";
import { appOf, built, configOf, read } from "./app.js";
import { Message } from "./message.js";
import { Problem } from "./problem.js";

/** Checks a message, and has the outbox accept it. */
export function durableApp() {
  const app = appOf(new Hono(), Message);

  app.post("/v1/messages", async (context) => {
    const text = await context.req.text();
    const message = await read(context, Message);
    const connection = message.via ?? configOf(context.env).routes.default[0];
    const { provider, ...account } = configOf(context.env).connections[connection];
    // What cannot be sent is refused before it is stored.
    const { send_at: sendAt, ...now } = message;
    built(provider, account, now);
    const key = context.req.header("idempotency-key");
    const digest = key === undefined ? undefined : await digestOf(text);
    const { conflict, answer } = await context.env.OUTBOX.getByName("outbox").accept(text, connection, sendAt && Date.parse(sendAt), key, digest);
    if (conflict) throw new Problem(422, "invalid", "this Idempotency-Key came with another body before");
    return context.body(answer, 202, { "content-type": "application/json", location: `/v1/messages/${JSON.parse(answer).id}` });
  });

  return app;
}

async function digestOf(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
