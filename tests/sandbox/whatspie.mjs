// Whatspie: docs.whatspie.com, "Send Message to Group by Group ID" (docs 2.0.0) and the pages of 2026
// for individual messages, look-up, groups and devices.

import { anything, either, flag, httpUrl, integer, lines, list, number, object, oneOf, text } from "./check.mjs";
import { dispatch, readJson } from "./http.mjs";

const DEVICE = "6281776521626";
const FIRST_ID = 7637842;

// `legacy` is the id without @g.us that the vendor prints as to_number.
export const GROUPS = [
  { id: "495", jid: "120363025246125016@g.us", legacy: "6285156055377-1607992695", title: "Operations" },
  { id: "15378", jid: "120363022368688477@g.us", legacy: "120363022368688477", title: "Support" },
];

const refuse = (status, message) => ({ status, body: { status, message } });
const invalid = (problems) => ({
  status: 422,
  // The space at the end is the vendor's.
  body: { status: 422, message: "Validation Error ", errors: lines(problems) },
});
const notAuthenticated = refuse(401, "User not authenticated");

const scenarios = {
  // Quota is told from a plain 403 by its text only.
  quota: { status: 403, body: { code: 403, message: "Quote Exceeded", error: null } },
  forbidden: refuse(403, "Forbidden"),
  offline: {
    status: 400,
    body: {
      code: 400,
      message: "Device not connected",
      error: "WhatsApp device is offline or not connected. Please check device status.",
    },
  },
  unauthorized: notAuthenticated,
  not_found: refuse(404, "Not Found"),
  invalid: invalid([{ path: ["params"], msg: "field required" }]),
  rate_limited: { status: 429, headers: { "retry-after": "7" }, body: { code: 429, message: "Too Many Requests" } },
};

const phone = (pattern) => text({ pattern, hint: "must be in international format, digits only, without +" });
const device = phone(/^[1-9]\d{7,14}$/);
const receiver = phone(/^[1-9]\d{10,14}$/);
const caption = text({ max: 4096, empty: true });
const mime = text({ pattern: /^[a-z]+\/[\w.+-]+$/i, hint: "must be a MIME type" });
const linked = object({ required: { url: httpUrl } });

// Full JIDs on the 2.0.0 page, bare numbers on the newer one.
const mention = text({
  pattern: /^[1-9]\d{5,15}(@s\.whatsapp\.net)?$/,
  hint: "must be digits or <digits>@s.whatsapp.net",
});

const PARAMS = {
  chat: object({
    required: { text: text({ max: 4096 }) },
    optional: { mentions: list(mention), quotedMessageId: text() },
  }),
  image: object({ required: { image: linked }, optional: { caption, viewOnce: flag } }),
  // A video goes as type "file" too (since 2026-07-27); a document has no caption.
  file: either((params) =>
    "video" in params
      ? object({ required: { video: linked, mimetype: mime }, optional: { caption, viewOnce: flag } })
      : object({ required: { document: linked, fileName: text(), mimetype: mime } }),
  ),
  location: object({
    required: {
      location: object({
        required: {
          degreesLatitude: number({ min: -90, max: 90 }),
          degreesLongitude: number({ min: -180, max: 180 }),
        },
      }),
    },
  }),
};

const common = ({ type }) => ({
  type: oneOf(...Object.keys(PARAMS)),
  params: Object.hasOwn(PARAMS, type) ? PARAMS[type] : anything,
});
const typing = { simulate_typing: integer({ min: 0, max: 1 }) };
const message = text({ max: 4096 });

// The 2.0.0 page requires `message` with a numeric id; its sibling by WhatsApp group id leaves it out.
const groupById = either((body) => object({ required: { message, ...common(body) }, optional: { device, ...typing } }));
const groupByJid = either((body) => object({ required: common(body), optional: { message, device, ...typing } }));
const individual = either((body) => object({ required: { device, receiver, ...common(body) }, optional: typing }));

// As the status call writes them; it goes one further with each look-up.
const WORDS = { queued: "PENDING", sent: "sent", delivered: "delivered", read: "read", failed: "failed" };
const STEPS = ["queued", "sent", "delivered"];

const mediaUrl = ({ image, video, document }) => (image ?? video ?? document)?.url ?? null;

function open(world) {
  const sent = new Map();
  const ok = (data) => ({ status: 200, body: { status: 200, message: "OK", data } });

  function sendToGroup(request, id) {
    const group = GROUPS.find((each) => each.id === id || each.jid === id);
    if (!group) return refuse(404, "Not Found");
    const { value: body, problem } = readJson(request);
    const problems = problem ? [{ path: [], msg: problem }] : (id === group.id ? groupById : groupByJid)(body);
    if (problems.length) return invalid(problems);
    return accept(body, { kind: "group", to: id, toNumber: group.legacy, shape: asPage });
  }

  function sendToOne(request) {
    const { value: body, problem } = readJson(request);
    const problems = problem ? [{ path: [], msg: problem }] : individual(body);
    if (problems.length) return invalid(problems);
    return accept(body, { kind: "individual", to: body.receiver, toNumber: body.receiver, shape: asCaptured });
  }

  function accept(body, { kind, to, toNumber, shape }) {
    const id = FIRST_ID + world.n();
    const said = body.params.text ?? body.params.caption ?? "";
    const row = {
      id,
      device_id: 5,
      from_number: body.device ?? DEVICE,
      to_number: toNumber,
      type: body.type,
      msg_type: "outgoing",
      body: body.message ?? said,
      status: "PENDING",
      file_url: mediaUrl(body.params),
      file_caption: body.message ?? body.params.caption ?? null,
      created_at: world.now(),
      params: body.params,
      wa_id: null,
      retry: 0,
      failed_reason: null,
      file_name: body.params.fileName ?? null,
      file_size: null,
      file_mime: body.params.mimetype ?? null,
      updated_at: null,
      is_group: kind === "group",
    };
    const message = { to: [to], kind, text: said || (body.message ?? ""), body, id: String(id) };
    return { ...ok(shape(row)), message, taken: () => sent.set(String(id), { row, message, lookups: 0 }) };
  }

  // The 2.0.0 page: ids are strings and params is null.
  function asPage({ is_group, ...row }) {
    return { ...row, id: String(row.id), device_id: String(row.device_id), params: null };
  }

  // The answer that the newer intro page shows: numeric ids, params echoed, is_group.
  const asCaptured = (row) => ({ ...row, updated_at: row.created_at });

  function lookUp(_request, id) {
    if (!/^\d+$/.test(id)) return refuse(400, "Invalid message ID");
    const entry = sent.get(id);
    if (!entry) return refuse(404, "Message not found or access denied");
    const status = world.settled("whatspie", entry.message) ?? STEPS[Math.min(entry.lookups, STEPS.length - 1)];
    const away = status !== "queued" && status !== "failed";
    const data = {
      ...entry.row,
      status: WORDS[status],
      wa_id: away ? `true_${entry.row.to_number}_3EB0${id}` : null,
      failed_reason: status === "failed" ? "The number is not on WhatsApp" : null,
      updated_at: world.now(),
    };
    return { ...ok(data), taken: () => (entry.lookups += 1) };
  }

  const listGroups = () => ({
    status: 200,
    body: {
      code: 200,
      message: "Groups retrieved successfully",
      data: GROUPS.map(({ id, jid, title }) => ({
        id,
        device_id: "5",
        jid,
        title,
        description: null,
        image_url: null,
        muted: false,
        spam: false,
        group_created_at: "2022-02-03T07:19:12Z",
        created_at: "2024-02-12T04:14:21Z",
        updated_at: "2024-02-12T04:14:21Z",
      })),
    },
  });

  const deviceRow = () => ({
    id: 5,
    phone: DEVICE,
    webhook_url: null,
    status: "ACTIVE",
    version: "multidevice",
    paired_status: "PAIRED",
    created_at: "2020-02-26T07:06:47Z",
    updated_at: "2025-08-11T21:30:42Z",
    server: { name: "ASIA (IDN1)", status: "ACTIVE" },
    package: { code: "STARTUP240K", name: "Startup" },
    subscription: { quote_available: "10000", quote_used: String(sent.size) },
  });

  const routes = [
    ["POST", /^\/groups\/([^/]+)\/send$/, sendToGroup],
    ["POST", /^\/messages$/, sendToOne],
    ["GET", /^\/messages\/([^/]+)$/, lookUp],
    ["GET", /^\/groups$/, listGroups],
    ["GET", /^\/devices$/, () => ok([deviceRow()])],
    ["GET", /^\/devices\/([^/]+)$/, (_request, id) => (id === "5" ? ok(deviceRow()) : refuse(404, "Not Found"))],
  ];
  return (request) =>
    request.headers.authorization === "Bearer sandbox-token" ? dispatch(routes, request, refuse) : notAuthenticated;
}

export default { slug: "whatspie", key: "Authorization: Bearer sandbox-token", scenarios, refuse, open };
