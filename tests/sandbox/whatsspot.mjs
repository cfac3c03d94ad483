// WhatsSpot: docs-whatsspot.web.app, "Send Message". The vendor documents no error body and no HTTP
// status: refusals are generic JSON, and every accepted send is a 200.

import { either, httpUrl, lines, list, object, oneOf, text } from "./check.mjs";
import { dispatch, readJson } from "./http.mjs";

const refuse = (status, message) => ({ status, body: { success: false, message } });
const unauthorized = refuse(401, "Invalid API key");

const scenarios = {
  unauthorized,
  forbidden: refuse(403, "Forbidden"),
  not_found: refuse(404, "Not Found"),
  invalid: refuse(422, "content: field required"),
  rate_limited: { ...refuse(429, "Too Many Requests"), headers: { "retry-after": "7" } },
  error_in_2xx: refuse(200, "Device not connected"),
};

// "E.164" on the page, but without + in every example.
const recipients = list(text({ pattern: /^[1-9]\d{6,14}$/, hint: "must be digits only, without +" }), { min: 0 });
const groupIds = list(text(), { min: 0 });

function scheduledAt(value, path) {
  const hint = "must be an ISO 8601 date and time with zone";
  const format = text({ pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/, hint })(value, path);
  if (format.length) return format;
  // Date.parse turns 30 February into a day in March, hence the way back.
  const day = value.slice(0, 10);
  const real = !Number.isNaN(Date.parse(value)) && new Date(Date.parse(day)).toISOString().startsWith(day);
  return real ? [] : [{ path, msg: hint }];
}

const optional = { recipients, groupIds, scheduledAt };
const type = oneOf("TEXT", "IMAGE", "VIDEO", "DOCUMENT");
const sendBody = either((body) =>
  body.type === "TEXT"
    ? object({ required: { type, content: text() }, optional })
    : object({
        required: { type, content: text({ empty: true }), mediaUrl: httpUrl },
        optional: { ...optional, caption: text({ empty: true }) },
      }),
);

function open(world) {
  function send(request) {
    const { value: body, problem } = readJson(request);
    if (problem) return refuse(400, problem);
    const problems = sendBody(body);
    if (problems.length) return refuse(422, lines(problems).join("; "));
    const { recipients = [], groupIds = [] } = body;
    const to = [...groupIds, ...recipients];
    if (to.length === 0) return refuse(422, "At least one of recipients or groupIds must be provided");

    const kind = groupIds.length > 0 ? "group" : "individual";
    const said = body.content || (body.caption ?? "");
    const answer = kind === "group" || recipients.length > 10 ? bulk(to) : direct(body, recipients);
    return { status: 200, body: answer.body, message: { to, kind, text: said, body, id: answer.id } };
  }

  // More than 10 recipients, or any group.
  function bulk(to) {
    const id = `job_${serial()}`;
    return { id, body: { success: true, jobId: id, status: "PROCESSING", message: `Bulk job created with ${to.length} recipients` } };
  }

  function direct(body, recipients) {
    // The answer to a scheduled send is not on the page: the single answer, not yet sent.
    const state = body.scheduledAt ? { status: "PROCESSING", sentAt: null } : { status: "SENT", sentAt: world.now() };
    if (recipients.length === 1) {
      const id = `msg_${serial()}`;
      return { id, body: { success: true, message: { id, ...state }, async: false } };
    }
    // The page speaks of "a list of messages" for 2 to 10 and shows none.
    const message = recipients.map((_, index) => ({ id: `msg_${serial()}_${index + 1}`, ...state }));
    return { id: message[0].id, body: { success: true, message, async: false } };
  }

  const serial = () => String(world.n()).padStart(8, "0");
  const routes = [["POST", /^\/messages\/send$/, send]];
  return (request) =>
    request.headers["x-api-key"] === "sandbox-key" ? dispatch(routes, request, refuse) : unauthorized;
}

export default { slug: "whatsspot", key: "x-api-key: sandbox-key", scenarios, refuse, open };
