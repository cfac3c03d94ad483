// A1Base: docs.a1base.com. Three body shapes are documented for a send; which keys are there decides
// the shape, and keys of two shapes in one body are refused:
//   A  {content, attachment_uri?}                               the OpenAPI block
//   B  {message} or {message_type, media_url, media_type, ...}  the prose examples, same route as A
//   C  {type, content: {...}}                                   the "universal endpoint"

import { detail, either, httpUrl, object, oneOf, text } from "./check.mjs";
import { dispatch, readJson } from "./http.mjs";

export const ACCOUNT = "acc-sandbox";
export const AGENT = "+14155552671";
const THREADS = ["group-thread-id-123", "group-thread-id-456"];

// Strings for general errors, a list for validation.
const refuse = (status, message) => ({ status, body: { detail: message } });
const invalid = (problems) => ({ status: 422, body: { detail: detail(problems) } });
const unauthorized = refuse(401, "Invalid API credentials");

const scenarios = {
  unauthorized,
  forbidden: refuse(403, "Forbidden"),
  not_found: refuse(404, "Not Found"),
  invalid: invalid([{ path: ["content"], msg: "field required", type: "value_error.missing" }]),
  rate_limited: { ...refuse(429, "Too Many Requests"), headers: { "retry-after": "7" } },
};

const phone = text({ pattern: /^\+[1-9]\d{6,14}$/, hint: "must be E.164 with +" });
const service = oneOf("whatsapp", "telegram");
const media = { media_url: httpUrl, media_type: oneOf("image", "video", "audio", "document") };
const caption = { caption: text({ empty: true }) };

const TARGET = { group: { thread_id: text() }, individual: { to: phone } };
const envelope = (kind) => ({ from: phone, service, ...TARGET[kind] });

const shapeA = (kind) =>
  object({ required: { ...envelope(kind), content: text() }, optional: { attachment_uri: httpUrl } });
const shapeBText = (kind) => object({ required: { ...envelope(kind), message: text() } });
const shapeBMedia = (kind) =>
  object({ required: { ...envelope(kind), message_type: oneOf("media"), ...media }, optional: caption });

const direct = (kind) =>
  either((body) => {
    if ("content" in body) return shapeA(kind);
    if ("message_type" in body || "media_url" in body) return shapeBMedia(kind);
    return "message" in body ? shapeBText(kind) : shapeA(kind);
  });

// Text inside C is not on the page; the vendor's own template sends {type: "text", text}.
const universalContent = either(({ type }) =>
  type === "text"
    ? object({ required: { type: oneOf("text"), text: text() } })
    : object({ required: { type: oneOf("media", "text"), ...media }, optional: caption }),
);
const universal = either(({ type }) =>
  object({
    required: {
      ...envelope(type === "individual" ? "individual" : "group"),
      type: oneOf("group", "individual"),
      content: universalContent,
    },
  }),
);

const saidIn = ({ content, message, caption = "" }) =>
  typeof content === "object" ? (content.text ?? content.caption ?? "") : (content ?? message ?? caption);

function open(world) {
  const sent = new Map();

  const send = (check, kindOf) => (request, account) => {
    if (account !== ACCOUNT) return refuse(404, "Account not found");
    const { value: body, problem } = readJson(request);
    const problems = problem ? [{ path: [], msg: problem, type: "value_error.jsondecode" }] : check(body);
    if (problems.length) return invalid(problems);

    const kind = kindOf(body);
    if (kind === "group" && !/^group-thread-./.test(body.thread_id)) return refuse(404, "Thread not found");
    const target = body.thread_id ?? body.to;
    const id = `a1msg-${String(world.n()).padStart(6, "0")}`;
    const row = { from: body.from, body: saidIn(body), status: "queued", date_created: world.now() };
    return {
      status: 200,
      // No message id in this answer, by the vendor's page: `id` is seen in the sandbox's records only.
      body: kind === "group" ? { chat_group_id: target, ...row } : { to: target, ...row },
      message: { to: [target], kind, text: row.body, body, id },
      taken: () => sent.set(id, { kind, body, row, lookups: 0 }),
    };
  };

  function messageDetails(_request, account, id) {
    const entry = account === ACCOUNT ? sent.get(decoded(id)) : undefined;
    if (entry?.kind !== "individual") return refuse(404, "Message not found");
    const { body, row } = entry;
    const data = {
      chat_id: `chat-${body.to}`,
      chat_name: body.to,
      participants: [body.from, body.to],
      account_id: ACCOUNT,
      message_id: decoded(id),
      to: body.to,
      ...row,
      status: entry.lookups === 0 ? "queued" : "sent",
      direction: "outbound",
      attachment_uri: body.attachment_uri ?? body.media_url ?? body.content?.media_url ?? null,
    };
    return { status: 200, body: { status: "success", data }, taken: () => (entry.lookups += 1) };
  }

  const thread = (thread_id) => ({
    thread_id,
    thread_type: "group",
    chat_name: `Sandbox ${thread_id}`,
    participants: [AGENT, "+14155551234"],
    created_at: "2026-01-01T00:00:00Z",
  });

  function threads(_request, account, number) {
    if (account !== ACCOUNT) return refuse(404, "Account not found");
    if (number !== undefined && decoded(number) !== AGENT) return refuse(404, "No threads found");
    return { status: 200, body: { status: "success", data: THREADS.map(thread) } };
  }

  const routes = [
    ["POST", /^\/v1\/messages\/group\/([^/]+)\/send$/, send(direct("group"), () => "group")],
    ["POST", /^\/v1\/messages\/individual\/([^/]+)\/send$/, send(direct("individual"), () => "individual")],
    ["POST", /^\/v1\/send\/([^/]+)$/, send(universal, (body) => body.type)],
    ["GET", /^\/v1\/messages\/individual\/([^/]+)\/get-details\/([^/]+)$/, messageDetails],
    ["GET", /^\/v1\/messages\/threads\/([^/]+)\/get-all$/, threads],
    ["GET", /^\/v1\/messages\/threads\/([^/]+)\/get-all\/([^/]+)$/, threads],
  ];

  return (request) => {
    const { "x-api-key": key, "x-api-secret": secret } = request.headers;
    if (key !== "sandbox-key" || secret !== "sandbox-secret") return unauthorized;
    return dispatch(routes, request, refuse);
  };
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export default { slug: "a1base", key: "X-API-Key: sandbox-key, X-API-Secret: sandbox-secret, account acc-sandbox", scenarios, refuse, open };
