// A reader of server-sent events, as browsers read them.

import { request } from "node:http";

/**
 * Opens a stream of events. Returns, once its head is there, `{ status, headers, events, comments, ended, leave() }`:
 * `events` are `{ id, event }`, `ended` is a promise of whether it ended by itself, `next(count)` one of that many events.
 */
export async function openStream({ url }, key, path = "/v1/events", headers = {}) {
  const { hostname, port } = new URL(url);
  const sent = request({ hostname, port, path, agent: false, headers: { authorization: `Bearer ${key}`, accept: "text/event-stream", ...headers } });
  const response = await new Promise((resolve, reject) => sent.once("response", resolve).once("error", reject).end());
  sent.on("error", () => {});
  const stream = { status: response.statusCode, headers: response.headers, events: [], comments: 0, leave: () => sent.destroy() };
  const waiting = new Set();
  let text = "";
  response.setEncoding("utf8").on("data", (chunk) => {
    const pieces = (text += chunk).split("\n\n");
    text = pieces.pop();
    for (const piece of pieces) read(piece);
    waiting.forEach((look) => look());
  });
  function read(piece) {
    const fields = piece.split("\n").map((line) => /^([^:]*):? ?(.*)$/s.exec(line).slice(1));
    const values = (name) => fields.filter(([field]) => field === name).map(([, value]) => value);
    const data = values("data");
    if (data.length === 0) stream.comments += 1;
    else stream.events.push({ id: values("id").at(-1), lines: data.length, event: JSON.parse(data.join("\n")) });
  }
  stream.ended = new Promise((resolve) => response.once("end", () => resolve(true)).once("error", () => resolve(false)).once("close", () => resolve(false)));
  /** Waits until this holds of the stream. */
  stream.until = (what, holds, within = 20_000) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => (waiting.delete(look), reject(new Error(`not within ${within} ms: ${what}`))), within);
      // Who has given up waiting by then keeps nobody.
      timer.unref();
      const look = () => holds() && (clearTimeout(timer), waiting.delete(look), resolve());
      waiting.add(look);
      look();
    });
  stream.next = (count) => stream.until(`${count} events`, () => stream.events.length >= count);
  return stream;
}
