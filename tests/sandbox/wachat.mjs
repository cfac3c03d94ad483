// WAChat API v1.0: apidoc.wachat-api.com; the error envelopes are those of the sister API at NusaSMS.

import { base64, detail, either, flag, httpUrl, integer, object, text } from "./check.mjs";
import { dispatch, mediaType, readJson } from "./http.mjs";

const PREFIX = "/wachat_api/1.0";
const FIRST_REF = 8078391643125660;
export const GATEWAY = "628970450001";

const refuse = (status, message) => ({ status, body: { error: true, message, description: null } });
const invalid = (problems, place) => ({ status: 422, body: { detail: detail(problems, place) } });

const scenarios = {
  error_in_2xx: { status: 200, body: { error: true, message: "Invalid WA Sender" } },
  file_too_large: refuse(400, "File exceed limits (max 512 KB)"),
  unauthorized: refuse(401, "Invalid API Key"),
  forbidden: refuse(403, "Invalid API Key"),
  not_found: refuse(404, "Not Found"),
  invalid: invalid([{ path: ["destination"], msg: "Invalid destination format", type: "value_error" }]),
  rate_limited: { ...refuse(429, "Too Many Requests"), headers: { "retry-after": "7" } },
};

const number = (hint) => text({ pattern: /^[1-9]\d{7,14}$/, hint });

const common = {
  sender: number("Invalid WA Sender"),
  // A device id, whatever the name says.
  queue: text(),
  timeout: integer({ min: 1, max: 2 ** 31 - 1 }),
  is_group: flag,
};

// The form of a group's destination is documented nowhere: anything short that is not empty passes.
const destination = ({ is_group }) => (is_group === true ? text({ max: 128 }) : number("Invalid destination format"));

const messageParams = either((body) =>
  object({ required: { destination: destination(body), message: text() }, optional: common }),
);

// The schema requires neither medium; one of the two must be there for a message to make sense.
const mediaParams = either((body) => {
  const medium = "media_base64" in body ? { media_base64: base64, file_name: text() } : { media_url: httpUrl };
  const fileName = "media_base64" in body ? {} : { file_name: text() };
  return object({
    required: { destination: destination(body), ...medium },
    optional: { ...common, caption: text({ empty: true }), ...fileName },
  });
});

const WORDS = { queued: "Q", sent: "S", delivered: "D", read: "R", failed: "A" };
const STEPS = ["queued", "sent", "delivered", "read"];

function open(world) {
  const sent = new Map();
  const ok = (status, data) => ({ status, body: { error: false, message: "Data message", data } });

  const send = (check, said, echo) => (request) => {
    const { value: body, problem } = readJson(request);
    const problems = problem ? [{ path: [], msg: problem, type: "value_error.jsondecode" }] : check(body);
    if (problems.length) return invalid(problems);
    // A string with leading zeros, longer than a JavaScript number can be trusted with.
    const ref_no = String(FIRST_REF + world.n()).padStart(18, "0");
    const { destination, sender = null, queue = null } = body;
    const message = { to: [destination], kind: body.is_group ? "group" : "individual", text: said(body), body, id: ref_no };
    return {
      ...ok(201, { sender, queue, destination, ...echo(body), ref_no }),
      message,
      taken: () => sent.set(ref_no, { body, message, created: world.now(), lookups: 0 }),
    };
  };

  function status(_request, ref_no) {
    const entry = sent.get(ref_no);
    if (!entry) return refuse(404, "Message not found");
    // It goes one further with each look-up, and is read only where a test says so.
    const status = world.settled("wachat", entry.message) ?? STEPS[Math.min(entry.lookups, 2)];
    const step = STEPS.indexOf(status);
    const { destination, sender = null, is_group = false, message = null, caption = null, media_url = null } = entry.body;
    const data = {
      destination,
      sender,
      is_group,
      create_date: entry.created,
      sent_date: step >= 1 ? world.now() : null,
      read_date: step >= 3 ? world.now() : null,
      delivered_date: step >= 2 ? world.now() : null,
      ref_no,
      status: WORDS[status],
      message,
      caption,
      media_url,
    };
    return { ...ok(200, data), taken: () => (entry.lookups += 1) };
  }

  function balance(_request, sender) {
    const problems = common.sender(sender, ["sender"]);
    if (problems.length) return invalid(problems, "path");
    return ok(200, { idClient: 1, name: sender, counter: sent.size, limit: 1000 });
  }

  const person = () => ok(200, { userid: "sandbox", idPerson: 1, idClient: 1 });
  const sendMessage = send(messageParams, (body) => body.message, ({ message }) => ({ message }));
  const sendMedia = send(
    mediaParams,
    (body) => body.caption ?? "",
    ({ caption = null, media_url = null }) => ({ caption, media_url }),
  );

  const routes = [
    ["GET", /^\/auth\/api_key$/, person],
    ["GET", /^\/sender\/([^/]+)$/, balance],
    ["POST", /^\/message$/, sendMessage],
    ["POST", /^\/media$/, sendMedia],
    ["GET", /^\/status\/([^/]+)$/, status],
  ];

  return (request) => {
    if (!request.path.startsWith(`${PREFIX}/`)) return refuse(404, "Not Found");
    if (request.headers.apikey === undefined) return refuse(401, "API Key required");
    if (request.headers.apikey !== "sandbox-key") return refuse(403, "Invalid API Key");
    // Anything else may switch the answers to XML.
    const accepted = (request.headers.accept ?? "").split(",").map(mediaType);
    if (!accepted.includes("application/json") || accepted.some((type) => type.endsWith("/xml"))) {
      return refuse(406, "Accept must be application/json");
    }
    return dispatch(routes, { ...request, path: request.path.slice(PREFIX.length) }, refuse);
  };
}

export default { slug: "wachat", key: "APIKey: sandbox-key, Accept: application/json", scenarios, refuse, open };
