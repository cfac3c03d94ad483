// The Worker: every request comes in here (door.rs is the other side). What is about messages goes on to the outbox.

import { perform, read, report } from "./host.js";
import { born, doorOf, enter, split } from "./wasm.js";

export { Outbox } from "./outbox.js";

export default {
  async fetch(request, env) {
    try {
      return await exchange(doorOf(env), request, env);
    } catch (error) {
      // A panic, a trap, or a fault of ours.
      report(error);
      return respond(problem(500, "Internal Server Error", "a fault in the Worker"));
    }
  },
};

async function exchange(door, request, env) {
  const { headers } = request;
  let body;
  try {
    body = await read(request, door.limit);
    if (!body) await drain(request.body);
  } catch {
    // The caller is gone in the middle of the request, and hears no answer.
    return new Response(null, { status: 400 });
  }
  const [path, query] = target(request.url);
  const head = {
    method: request.method,
    path,
    query,
    content_type: headers.get("content-type"),
    idempotency_key: headers.get("idempotency-key"),
    prefer: headers.get("prefer"),
  };
  const lived = born();
  const authorized = JSON.stringify({ ...head, authorization: headers.get("authorization") });
  const exchange = enter(lived, () => door.open(authorized, body));
  try {
    for (;;) {
      const [step, rest] = split(enter(lived, () => exchange.next(Date.now())));
      if (step.outbox) return await ask(env.OUTBOX, JSON.stringify(head), body);
      if (!step.fetch) return respond([step, rest]);
      const outcome = await perform(step.fetch, rest);
      enter(lived, () => exchange.bring(outcome()));
    }
  } finally {
    if (lived === born()) exchange.free();
  }
}

/** Asks the outbox, of which there is one. */
async function ask(namespace, head, body) {
  try {
    return respond(split(await namespace.getByName("outbox").ask(head, body)));
  } catch (error) {
    report(error);
    // The platform turns away what is too much before the outbox sees it.
    const detail = error?.overloaded
      ? "too many requests at once: nothing was done"
      : "the outbox did not answer, and what was asked may have been done: ask again with the same Idempotency-Key";
    return respond(problem(503, "Service Unavailable", detail));
  }
}

function problem(status, title, detail) {
  const headers = [["content-type", "application/problem+json"], ["cache-control", "no-store"]];
  if (status === 503) headers.push(["retry-after", "1"]);
  return [{ status, headers }, JSON.stringify({ type: "about:blank", title, status, code: "unavailable", detail })];
}

/** Who is still sending does not hear the answer, so what is too large is taken in and dropped. */
async function drain(body) {
  for await (const _ of body);
}

/** The path of a URL as it came, and its query. */
function target(url) {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  if (start < 0) return ["/", ""];
  const [whole] = url.slice(start).split("#", 1);
  const end = whole.indexOf("?");
  return end < 0 ? [whole, ""] : [whole.slice(0, end), whole.slice(end + 1)];
}

function respond([{ status, headers }, body]) {
  return new Response(body, { status, headers });
}
