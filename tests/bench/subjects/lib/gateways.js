// The requests and answers of the gateways that are measured, as one would write them by hand. Each builder gives
// `{ url, method, headers, body }`.

const STATUSES = {
  pending: "queued",
  u: "queued",
  q: "queued",
  queued: "queued",
  processing: "queued",
  s: "sent",
  sent: "sent",
  d: "delivered",
  delivered: "delivered",
  r: "read",
  read: "read",
  a: "failed",
  error: "failed",
};

const receipt = ({ id = null, job = null, word = null, raw }) => {
  const status = word === null ? "accepted" : (STATUSES[word.toLowerCase()] ?? "unknown");
  return { outcome: "accepted", id, job, status, provider_status: word, raw };
};

const scalar = (value) => (typeof value === "string" || typeof value === "number" ? String(value) : undefined);

export const a1base = {
  lacks: ["mentions", "reply_to", "typing", "presence", "send_at"],
  send({ base_url, account_id, api_key, api_secret, from, service }, { to, text, media }) {
    const kind = to.group === undefined ? "individual" : "group";
    return {
      method: "POST",
      url: `${base_url}/v1/messages/${kind}/${encodeURIComponent(account_id)}/send`,
      headers: { accept: "application/json", "x-api-key": api_key, "x-api-secret": api_secret, "content-type": "application/json" },
      body: JSON.stringify({
        from,
        thread_id: to.group,
        to: to.phone,
        service: service ?? "whatsapp",
        content: text ?? media?.filename ?? media?.kind,
        attachment_uri: media?.url,
      }),
    };
  },
  sent(raw) {
    const data = raw?.data ?? raw;
    const id = scalar(data?.message_id ?? data?.messageId ?? data?.id ?? data?.sid);
    return receipt({ id, word: scalar(data?.status), raw });
  },
};

export const gowhatsapp = {
  lacks: ["mentions", "send_at"],
  send({ base_url, token }, { to, text, reply_to, typing, presence }) {
    const chat = to.group ?? `${to.phone.replace("+", "")}@s.whatsapp.net`;
    return {
      method: "POST",
      url: `${base_url}/chats/${chat}/messages`,
      headers: { accept: "application/json", authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ text, reply_to_message_id: reply_to, typing_simulation: typing, presence_simulation: presence }),
    };
  },
  sent(raw) {
    return receipt({ id: scalar(raw?.data?.message_id), word: scalar(raw?.data?.status), raw });
  },
};

export const whatspie = {
  groups({ base_url, token }) {
    return { method: "GET", url: `${base_url}/groups`, headers: { accept: "application/json; charset=utf-8", authorization: `Bearer ${token}` } };
  },
  listed(raw) {
    const rows = Array.isArray(raw?.data) ? raw.data : [];
    return rows.flatMap((row) => (scalar(row?.id) === undefined ? [] : [{ id: scalar(row.id), name: scalar(row.title) ?? null, jid: scalar(row.jid) ?? null }]));
  },
};

export const gateways = { a1base, gowhatsapp, whatspie };

/** The places of a message that this gateway cannot do. */
export const lacking = (gateway, message) => gateway.lacks.filter((name) => message[name] !== undefined && message[name] !== false);
