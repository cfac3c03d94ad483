// WhatsSpot's webhooks: docs.whatsspot.in/features/webhooks. Members and ids are those of whatsapp-web.js; the id that
// the API gave for a message is not in them.

import { text } from "../check.mjs";
import { hmac, seconds } from "./parts.mjs";

const DEVICE = "12025550100";
const cus = ({ group, phone }) => group ?? `${phone}@c.us`;

const received = ({ id, chat, member, text, at }) => ({
  event: "message.received",
  data: {
    id: `false_${cus(chat)}_3EB0${id}`,
    from: chat.group ?? chat.phone,
    to: DEVICE,
    body: text,
    type: "chat",
    timestamp: seconds(at),
    hasMedia: false,
    // Of groups nothing is published.
    ...(chat.group && { author: cus(member) }),
  },
});

const ack = (status, ack) => ({ id, chat }) => ({
  event: "message.ack",
  data: { id: `true_${cus(chat)}_3EB0${id.replace(/\D/g, "")}`, status, ack },
});

export default {
  settings: { optional: { secret: text() } },
  group: text({ max: 128 }),
  received,
  reports: { sent: ack("SENT", 1), delivered: ack("DELIVERED", 2), read: ack("READ", 3) },
  // Bare hex. The vendor's other site calls the header X-Webhook-Signature.
  headers: (body, { secret }) => (secret ? { "x-hub-signature": hmac(secret, body) } : {}),
};
