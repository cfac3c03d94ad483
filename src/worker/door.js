// The Worker: every request comes in here (door.rs is the other side). What is about messages goes on to the outbox.

import { headOf, perform, read, report } from "./host.js";
import { Ended, born, doorOf, enter, split } from "./wasm.js";

export { Outbox } from "./outbox.js";

export default {
  async fetch(request, env) {
    try {
      return await answer(request, env);
    } catch (error) {
      // A panic, a trap, or a fault of ours.
      report(error);
      return respond(problem(500, "Internal Server Error", "a fault in the Worker"));
    }
  },
};

/** How often a request begins anew that others have ended. */
const TRIES = 3;

async function answer(request, env) {
  const { limit } = doorOf(env);
  let body;
  try {
    body = await read(request, limit);
    if (!body) await drain(request.body);
  } catch {
    // The caller is gone in the middle of the request, and hears no answer.
    return new Response(null, { status: 400 });
  }
  const [step, rest] = await settled(env, headOf(request), body);
  if (!step.outbox) return respond([step, rest]);
  return relay(env.OUTBOX, { head: rest, body, isRead: ["GET", "HEAD"].includes(request.method) }, step.outbox);
}

/** An exchange to its end, though others end the instance that it is in: what it fetches is only looked up, and may be again. */
async function settled(env, head, body) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await exchange(doorOf(env), head, body);
    } catch (error) {
      if (!(error instanceof Ended) || tries === TRIES) throw error;
    }
  }
}

/** Runs one exchange until Rust has the answer, or says that the outbox has it. */
async function exchange(door, head, body) {
  const lived = born();
  let packed = enter(lived, () => door.open(Date.now(), head, body));
  for (;;) {
    const [step, rest] = split(packed);
    if (!step.fetch) return [step, rest];
    const [outcome, bytes] = await perform(step.fetch, rest);
    packed = enter(lived, () => door.bring(Date.now(), step.exchange, outcome, bytes));
  }
}

/** The outbox's answer, with these headers, too; a stream goes on as long as somebody reads it. */
async function relay(outbox, asked, headers) {
  const [answer, text] = await ask(outbox, asked);
  answer.headers.push(...headers);
  const isStream = answer.headers.some(([name, value]) => name === "content-type" && value === "text/event-stream");
  return respond([answer, isStream ? follow(outbox, asked, [answer, text]) : text]);
}

/** How often a stream asks for more before it ends: the platform allows 50 questions on its free plan. Its reader comes back. */
const QUESTIONS = 40;

/** Milliseconds that a stream rests between two questions: what comes in the meantime is one piece. */
const REST = 200;

const encoder = new TextEncoder();

/** Piece after piece, each from where the last one ended, for as long as there is a reader. */
function follow(outbox, asked, piece) {
  const [line, ...lines] = asked.head.split("\n");
  let head;
  let questions = 0;
  return new ReadableStream({
    async pull(controller) {
      if (questions > 0) {
        await scheduler.wait(REST);
        piece = await ask(outbox, { ...asked, head });
      }
      const [{ status, headers }, text] = piece;
      if (status !== 200) return controller.close();
      controller.enqueue(encoder.encode(text));
      const { "last-event-id": last } = Object.fromEntries(headers);
      // The first of a name counts.
      head = [line, `last-event-id:${last}`, "prefer:wait=20", ...lines].join("\n");
      questions += 1;
      if (questions === QUESTIONS) controller.close();
    },
  });
}

/** Asks the outbox, of which there is one. */
async function ask(namespace, { head, body, isRead }) {
  try {
    return split(await namespace.getByName("outbox").ask(head, body, isRead));
  } catch (error) {
    report(error);
    // The platform turns away what is too much before the outbox sees it.
    const detail = error?.overloaded
      ? "too many requests at once: nothing was done"
      : "the outbox did not answer, and what was asked may have been done: ask again with the same Idempotency-Key";
    return problem(503, "Service Unavailable", detail);
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

function respond([{ status, headers }, body]) {
  // An answer of this status may not even have an empty body.
  return new Response(status === 204 ? null : body, { status, headers });
}
