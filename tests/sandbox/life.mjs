// What follows on a send, where its vendor's webhooks go somewhere: the message is sent, delivered and read, and
// somebody in the chat answers, once.

import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { either, lines, object, oneOf, text } from "./check.mjs";
import { vendors } from "./webhooks.mjs";

const STEPS = ["sent", "delivered", "read"];
// Who writes in groups: a number from a range reserved for fiction.
const MEMBER = { phone: "12025550143", name: "Jane" };

const checkSaying = either(({ provider, group }) => {
  const known = Object.hasOwn(vendors, provider) ? vendors[provider] : { group: text() };
  const chat = group === undefined
    ? { phone: text({ pattern: /^\+?[1-9]\d{6,14}$/, hint: "must be a phone number with its country's code" }) }
    : { group: known.group };
  return object({
    required: { provider: oneOf(...Object.keys(vendors)), ...chat, text: text({ max: 4096 }) },
    optional: { name: text({ max: 100 }) },
  });
});

export function createLife({ webhooks, pause }) {
  let statuses = new Map();
  let living = new AbortController();

  const key = (provider, id) => `${provider} ${id}`;

  // Of several recipients the first speaks for all.
  async function live({ provider, id, kind, to: [to], text }, signal) {
    const chat = kind === "group" ? { group: to } : { phone: digits(to) };
    const message = { id, chat, member: memberOf(chat), text };
    for (const status of STEPS) {
      await delay(pause, undefined, { signal });
      statuses.set(key(provider, id), status);
      await webhooks.tell(provider, ({ reports }, target) => reports[status]?.(message, target), signal);
    }
    await delay(pause, undefined, { signal });
    await write(provider, { chat, member: message.member, text: answerTo(text), quoted: message }, signal);
  }

  function write(provider, said, signal) {
    const id = randomBytes(6).toString("hex").toUpperCase();
    return webhooks.tell(provider, ({ received }, target) => received({ ...said, id, at: new Date() }, target), signal);
  }

  return {
    /** A message has reached WhatsApp. One that is to go later is not waited for. */
    begin(record) {
      if (!webhooks.has(record.provider) || record.body.scheduledAt) return;
      const { signal } = living;
      live(record, signal).catch((error) => signal.aborted || console.error(error));
    },

    /** How far it is; nothing where nobody hears of it. */
    statusOf: (provider, id) => statuses.get(key(provider, id)),

    /** Somebody writes. Returns what came of the webhook; throws a RangeError where that cannot be. */
    async say(saying) {
      const problems = checkSaying(saying);
      if (problems.length) throw new RangeError(lines(problems).join("; "));
      const { provider, group, phone, text, name } = saying;
      if (!webhooks.has(provider)) throw new RangeError(`provider: the webhooks of ${provider} go nowhere`);
      const chat = group === undefined ? { phone: digits(phone) } : { group };
      const member = memberOf(chat);
      return write(provider, { chat, member: { ...member, name: name ?? member.name }, text }, living.signal);
    },

    end() {
      living.abort();
      living = new AbortController();
      statuses = new Map();
    },
  };
}

const digits = (to) => to.replace(/@.*/, "").replace(/^\+/, "");
const memberOf = ({ phone = MEMBER.phone }) => ({ ...MEMBER, phone });
const answerTo = (text) => (text ? `Got it: “${[...text].slice(0, 40).join("")}”` : "Got it.");
