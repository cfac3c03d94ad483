// A1Base's webhooks: docs.a1base.com/api-reference/webhook, as they are since 2025-03. They come for every message in
// a thread, the agent's own too; there is nothing in them on delivery.

import { text } from "../check.mjs";
import { ACCOUNT, AGENT } from "../a1base.mjs";
import { hmac, seconds } from "./parts.mjs";

const message = ({ id, chat, at = new Date() }, sender, content) => ({
  thread_id: chat.group ?? `chat_${chat.phone}`,
  message_id: id,
  thread_type: chat.group ? "group" : "individual",
  ...sender,
  a1_account_id: ACCOUNT,
  a1_phone_number: AGENT,
  timestamp: at.toISOString().replace("Z", "+00:00"),
  service: "whatsapp",
  ...content,
});

function received({ id, chat, member, text, at, quoted }) {
  const sender = { sender_number: `+${member.phone}`, sender_name: member.name, is_from_agent: false };
  const quote = quoted && { quoted_message_content: quoted.text, quoted_message_sender: AGENT };
  return message({ id: `msg_${id}`, chat, at }, sender, {
    message_type: quote ? "rich_text" : "text",
    message_content: { text, ...quote },
  });
}

// The echo of an agent's message. Its id is in no answer to a send.
function sent({ id, chat, text }) {
  const sender = { sender_number: AGENT, sender_name: "Agent", is_from_agent: true };
  return message({ id, chat }, sender, { message_type: "text", message_content: { text } });
}

// The names of the headers are those of the vendor's template. Which webhooks are signed is not sure: those with a secret.
function headers(body, { secret }) {
  if (!secret) return {};
  const stamp = String(seconds(new Date()));
  return { "x-timestamp": stamp, "x-signature": hmac(secret, stamp, body) };
}

export default {
  settings: { optional: { secret: text() } },
  group: text({ pattern: /^group-thread-./, hint: "must be a thread: group-thread-…" }),
  received,
  reports: { sent },
  headers,
};
