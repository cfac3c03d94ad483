// The webhooks of Go WhatsApp Multi-Session: docs/WEBHOOK_EVENTS.md of its repository. They tell that a message came,
// and not what it says.

import { text } from "../check.mjs";
import { DEVICE_ID } from "../gowhatsapp.mjs";
import { hmac, seconds } from "./parts.mjs";

const jid = ({ group, phone }) => group ?? `${phone}@s.whatsapp.net`;

const event = (event_type, at, data) => ({
  event_type,
  device_id: DEVICE_ID,
  timestamp: new Date().toISOString(),
  data: { ...data, timestamp: seconds(at) },
});

const received = ({ id, chat, member, at }) =>
  event("message.received", at, { message_id: `3EB0${id}`, from: jid(member), chat: jid(chat), is_from_me: false });

// In a group each member who has it is told of; here there is one.
const receipt = (type) => ({ id, chat, member }) =>
  event(type, new Date(), { message_id: id, chat: jid(chat), sender: jid(member) });

function headers(body, { secret }) {
  const signature = `sha256=${hmac(secret, body)}`;
  return {
    "user-agent": "WhatsApp-API-MultiSession/1.0",
    "x-webhook-event": JSON.parse(body).event_type,
    "x-webhook-signature": signature,
    "x-hub-signature-256": signature,
  };
}

export default {
  // The server makes one up for each webhook, and signs always.
  settings: { required: { secret: text() } },
  group: text({ pattern: /^[0-9A-Za-z-]+@g\.us$/, hint: "must be <id>@g.us" }),
  received,
  reports: { delivered: receipt("message.delivered"), read: receipt("message.read") },
  headers,
};
