// Server-sent events over `fetch`: EventSource cannot send a key. What is read is what the WHATWG's HTML says of
// event streams; beyond that, it goes on by itself where a stream ends.

/** Milliseconds without a sign of life after which a stream is taken for dead: the Worker gives one every 20 seconds. */
const SILENCE = 60_000;

/** Milliseconds until the next try: at first, and at most. */
const FIRST = 1000;
const MOST = 30_000;

/**
 * The data of each event, with its id, as they come in, until `signal` ends it.
 *
 * `open(headers, signal)` asks for the stream; `on(state, place)` hears "live" with the id to go on from, and "waiting".
 * A refusal that no waiting mends is thrown: it has the `status`.
 */
export async function* follow({ open, on, signal, last }) {
  let failures = 0;
  while (!signal.aborted) {
    const watch = watchdog(signal);
    try {
      const headers = { accept: "text/event-stream", ...(last && { "last-event-id": last }) };
      const answer = await open(headers, watch.signal);
      if (!answer.ok || !answer.body) throw await refusal(answer);
      // Where the log is now: what comes between this stream and the next is not lost, even if this one says nothing.
      last ||= answer.headers.get("last-event-id") ?? "";
      on("live", last);
      for await (const event of parse(answer.body, watch.alive)) {
        failures = 0;
        if (event.id) last = event.id;
        yield event;
      }
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error.isFinal) throw error;
      failures += 1;
    } finally {
      watch.end();
    }
    if (signal.aborted) return;
    if (failures > 0) on("waiting");
    await pause(failures === 0 ? 0 : Math.min(FIRST * 2 ** (failures - 1), MOST) * (0.75 + Math.random() / 2), signal);
  }
}

/** An error for an answer that is no stream. */
async function refusal(answer) {
  const problem = await answer.json().catch(() => ({}));
  const isFinal = answer.status >= 400 && answer.status < 500 && ![408, 429].includes(answer.status);
  const message = problem.detail ?? `HTTP ${answer.status}`;
  return Object.assign(new Error(message), { status: answer.status, kind: problem.code, errors: problem.errors, isFinal });
}

/** A signal that also ends after a long silence. */
function watchdog(signal) {
  const own = new AbortController();
  const end = () => own.abort();
  signal.addEventListener("abort", end);
  let timer = setTimeout(end, SILENCE);
  return {
    signal: own.signal,
    alive() {
      clearTimeout(timer);
      timer = setTimeout(end, SILENCE);
    },
    end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      own.abort();
    },
  };
}

const pause = (milliseconds, signal) =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });

/** The events in a stream of bytes: `{ id, type, data }`. `alive` hears of every piece, comments too. */
export async function* parse(body, alive = () => {}) {
  let [id, type, data] = ["", "", []];
  for await (const line of lines(body, alive)) {
    if (line === "") {
      // An event without data is none; its id counts.
      if (data.length > 0) yield { id, type: type || "message", data: data.join("\n") };
      [type, data] = ["", []];
      continue;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "event") type = value;
    else if (name === "id" && !value.includes("\0")) id = value;
    // A comment has no name; `retry` and whatever else there may be is not for us.
  }
  // An event that was not ended by an empty line is half an event.
}

/** The lines, ended by CR, LF or both; what the stream leaves unended at its end is none. */
async function* lines(body, alive) {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      rest += decoder.decode(value, { stream: true });
      // A CR at the very end may be half of a line's end: the next piece tells.
      const whole = rest.endsWith("\r") ? rest.length - 1 : rest.length;
      const found = rest.slice(0, whole).split(/\r\n|\r|\n/);
      rest = found.pop() + rest.slice(whole);
      yield* found;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
