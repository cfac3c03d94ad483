// For diagnosis: the same by hand, without any library. Its validation says less than zod's: where, but hardly why.

import { a1base, lacking } from "./lib/gateways.js";
import { Problem, ask, isKey, unauthorized } from "./lib/problem.js";

let account;
const accountOf = (env) => (account ??= JSON.parse(env.CHASKI_CONFIG).connections.a1);

export default {
  async fetch(request, env) {
    try {
      if (!isKey(request.headers.get("authorization"), `Bearer ${env.CHASKI_API_KEY}`)) throw unauthorized();
      const message = check(await request.json().catch(() => undefined));
      const { url, ...init } = a1base.send(accountOf(env), message);
      return Response.json(a1base.sent(await ask(url, init)));
    } catch (error) {
      return (error instanceof Problem ? error : new Problem(500, "unavailable", "a fault in the Worker")).respond();
    }
  },
};

const text = (value) => typeof value === "string" && /\S/.test(value);
const flag = (value) => typeof value === "boolean";
const one = (...words) => (value) => words.includes(value);
const object = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const MEMBERS = {
  to: (to) => object(to) && Object.keys(to).length === 1 && (text(to.group) || /^\+?[1-9]\d{6,14}$/.test(to.phone)),
  text,
  media: (media) => object(media) && one("image", "video", "audio", "document")(media.kind),
  mentions: Array.isArray,
  reply_to: text,
  typing: flag,
  presence: flag,
  send_at: (value) => text(value) && !Number.isNaN(Date.parse(value)),
  expires_in: (value) => Number.isInteger(value) && value > 0,
  via: (value) => text(value) || Array.isArray(value),
  on_unsupported: one("fail", "degrade", "route"),
  on_ambiguous: one("hold", "resend"),
  options: object,
  metadata: object,
};

function check(message) {
  if (message === undefined) throw new Problem(400, "malformed", "the body is not JSON");
  if (!object(message)) throw new Problem(422, "invalid", "a message is an object");
  const wrong = Object.keys(message).filter((name) => !Object.hasOwn(MEMBERS, name) || !MEMBERS[name](message[name]));
  if (message.to === undefined) wrong.push("to");
  if (message.text === undefined && message.media === undefined) wrong.push("text");
  refuse("invalid", wrong);
  refuse("unsupported", lacking(a1base, message));
  return message;
}

function refuse(code, names) {
  if (names.length === 0) return;
  throw new Problem(422, code, "the message is wrong", { errors: names.map((name) => ({ pointer: `/${name}`, detail: "wrong" })) });
}
