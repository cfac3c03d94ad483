// Whatspie's webhooks: docs.whatspie.com/docs/webhooks. Version 1 tells what comes in; version 2, which a device is
// switched to, also what was read. Nothing is signed.

import { oneOf } from "../check.mjs";
import { GROUPS } from "../whatspie.mjs";
import { seconds } from "./parts.mjs";

const jid = (phone) => `${phone}@s.whatsapp.net`;
const groupOf = (id) => GROUPS.find((group) => group.id === id || group.jid === id);

// No sample of a group is published: the group is `from`, who wrote `participant`.
function received({ id, chat, member, text, at }, { version }) {
  const data = {
    message: text,
    from: chat.group ? groupOf(chat.group).jid : chat.phone,
    timestamp: seconds(at),
    message_id: id,
    from_user: { name: member.name, jid: jid(member.phone) },
    is_forwarded: false,
    is_broadcast: false,
    ...(chat.group && { participant: jid(member.phone) }),
  };
  return version === 2 ? { type: "message_incoming", data } : data;
}

function read({ id }, { version }) {
  if (version !== 2) return undefined;
  return {
    type: "message_read",
    data: { message_id: Number(id), wa_message_id: `3EB0${id}`, read_at: new Date().toISOString() },
  };
}

// What comes as JSON in the answer is sent as a reply, and without JSON "the webhook will not function correctly".
function refusal({ status, text }) {
  if (status !== 200) return `answered ${status}`;
  return text.trim() === "[]" ? undefined : "answered with what Whatspie would send as a reply, or cannot read";
}

export default {
  settings: { optional: { version: oneOf(1, 2) } },
  group: oneOf(...GROUPS.flatMap(({ id, jid }) => [id, jid])),
  received,
  reports: { read },
  refusal,
};
