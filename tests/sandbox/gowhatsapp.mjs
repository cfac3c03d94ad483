// Go WhatsApp Multi-Session REST API (gdbrns): the reference at bump.sh and the repository's
// swagger.yaml; what the reference leaves open is taken from the published Go source.

import { createHash } from "node:crypto";
import { flag, lines, object, text } from "./check.mjs";
import { dispatch, readJson } from "./http.mjs";
import { readMultipart } from "./multipart.mjs";

const FIRST_ID = 0xabc123def456789n;
export const DEVICE_ID = "0b7c8f9e-0000-4000-8000-000000000001";

const reply = (status, message, error = message) => ({ status, body: { status: false, code: status, message, error } });
const refuse = (status, message) => (status === 400 ? badRequest(message) : reply(status, message));
// The reference has a general message and a particular error; the code repeats one text in both.
const badRequest = (error) => reply(400, "Bad request", error);
const unauthorized = (error) => reply(401, "Unauthorized", error);

const scenarios = {
  offline: reply(500, "WhatsApp Client is not Connected"),
  logged_out: reply(500, "WhatsApp Client is not Logged In"),
  not_registered: reply(500, "WhatsApp Personal ID is Not Registered"),
  unauthorized: unauthorized("Invalid or expired JWT token"),
  not_found: reply(404, "Not Found"),
  invalid: badRequest("Text field is required"),
  rate_limited: { ...reply(429, "Too Many Requests"), headers: { "retry-after": "7" } },
};

const textBody = object({
  required: { text: text() },
  optional: { reply_to_message_id: text(), typing_simulation: flag, presence_simulation: flag },
});

const SIMULATION = ["typing_simulation", "presence_simulation"];
const BOOLEANS = ["view_once", "voice_note", "ptt", ...SIMULATION];

// Allowed types as in the code: GIF is on the reference page for images, but the server refuses it.
const MEDIA = {
  images: { noun: "Image", fields: ["caption", "view_once"], mime: /^image\/(jpe?g|png|webp)$/ },
  videos: { noun: "Video", fields: ["caption", "view_once"], mime: /^video\/(mp4|3gpp|quicktime|webm|mpeg)$/ },
  audio: { noun: "Audio", fields: ["voice_note", "ptt"], mime: /^audio\/(mpeg|mp3|mp4|ogg|wav|x-wav|aac|opus)$/ },
  documents: { noun: "Document", fields: ["caption", "filename"], mime: /^[a-z]+\/[\w.+-]+$/ },
  stickers: { noun: "Sticker", fields: [], mime: /^image\/webp$/ },
};

// The server does not unescape paths, so a percent-encoded @ is part of the id and fails there.
function chat(id) {
  if (/^[0-9A-Za-z-]+@g\.us$/.test(id)) return { kind: "group" };
  if (/^[1-9]\d{5,15}@s\.whatsapp\.net$/.test(id)) return { kind: "individual" };
  if (id.includes("@")) return { problem: reply(500, "WhatsApp Personal ID is Not Registered") };
  // The code also takes a bare number; the reference knows JIDs only, and so does the sandbox.
  return { problem: reply(500, "Phone number must be digits only and at least 6 characters") };
}

function open(world) {
  const ok = (message, data) => ({ status: 200, body: { status: true, code: 200, message, data } });
  const nextId = () => `3EB0${(FIRST_ID + BigInt(world.n())).toString(16).toUpperCase()}`;

  function sendText(request, id) {
    const { value: body, problem } = readJson(request);
    if (problem) return badRequest("Failed parse body request");
    const problems = textBody(body);
    if (problems.length) return badRequest(lines(problems).join("; "));
    const { kind, problem: wrongChat } = chat(id);
    if (wrongChat) return wrongChat;
    const message_id = nextId();
    return {
      ...ok("Message sent successfully", { message_id, status: "sent", timestamp: Math.floor(Date.now() / 1000) }),
      message: { to: [id], kind, text: body.text, body, id: message_id },
    };
  }

  function sendMedia(request, id, route) {
    const { noun, fields, mime } = MEDIA[route];
    const { parts, problem } = readMultipart(request);
    if (problem) return badRequest(`file is required (${problem})`);
    const file = parts.get("file");
    if (!file || file.filename === undefined) return badRequest("file is required");

    const body = { file: describe(file) };
    for (const [name, part] of parts) {
      if (name === "file") continue;
      if (![...fields, ...SIMULATION].includes(name)) return badRequest(`${name}: unknown field`);
      if (part.filename !== undefined) return badRequest(`${name}: must not be a file`);
      body[name] = part.bytes.toString("utf8");
      if (BOOLEANS.includes(name) && !["true", "false"].includes(body[name])) {
        return badRequest(`${name}: must be "true" or "false"`);
      }
    }

    if (file.bytes.length === 0) return reply(500, `${noun} payload cannot be empty`);
    if (!mime.test(file.mime)) return reply(500, `${noun} MIME type ${file.mime} is not allowed`);
    const { kind, problem: wrongChat } = chat(id);
    if (wrongChat) return wrongChat;
    const message_id = nextId();
    return {
      // As the code answers, without status and timestamp.
      ...ok(`Success send ${noun.toLowerCase()}`, { message_id }),
      message: { to: [id], kind, text: body.caption ?? "", body, id: message_id },
    };
  }

  const describe = ({ filename, mime, bytes }) => ({
    name: filename,
    mime,
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  });

  const listGroups = () =>
    ok("Groups retrieved successfully", [
      {
        jid: "120363123456789012@g.us",
        name: "My Group",
        participant_count: 2,
        participants: [
          { jid: "6281234567890@s.whatsapp.net", is_admin: true, is_super_admin: true },
          { jid: "6289876543210@s.whatsapp.net", is_admin: false, is_super_admin: false },
        ],
      },
      { jid: "120363123456789013@g.us", name: "Work Team", participant_count: 0, participants: [] },
    ]);

  const status = () =>
    ok("Device status", {
      db_status: "active",
      client_loaded: true,
      connected: true,
      is_connected: true,
      is_logged_in: true,
      error: "",
    });

  const me = () =>
    ok("Device info", {
      device_id: DEVICE_ID,
      device_name: "sandbox",
      whatsmeow_jid: "6281234567890:1@s.whatsapp.net",
      status: "active",
      created_at: "2026-01-01T00:00:00Z",
      last_active: world.now(),
    });

  const routes = [
    ["POST", /^\/chats\/([^/]+)\/messages$/, sendText],
    ["POST", /^\/chats\/([^/]+)\/(images|videos|audio|documents|stickers)$/, sendMedia],
    ["GET", /^\/devices\/me\/status$/, status],
    ["GET", /^\/devices\/me$/, me],
    ["GET", /^\/groups$/, listGroups, ["resolve_phone", "force_refresh"]],
  ];

  return (request) => {
    const { authorization } = request.headers;
    if (authorization === undefined) return unauthorized("Missing Authorization header");
    if (!authorization.startsWith("Bearer ")) {
      return unauthorized("Invalid Authorization header format. Use: Bearer <token>");
    }
    if (authorization !== "Bearer sandbox-token") return unauthorized("Invalid or expired JWT token");
    return dispatch(routes, request, refuse);
  };
}

// HTTP_BODY_LIMIT_SIZE is 8M unless the operator changes it.
export default { slug: "gowhatsapp", key: "Authorization: Bearer sandbox-token", scenarios, refuse, open, maxBody: 8 * 1024 * 1024 };
