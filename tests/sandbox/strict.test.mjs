// Each kind of strictness refuses, in the vendor's own shape, and nothing refused is recorded.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { afterEach, test } from "node:test";
import { AUTH, JID, SENDS, useSandbox } from "./testing.mjs";

const use = useSandbox();
const { post, get, send } = use;
afterEach(() => assert.deepEqual(use.sandbox.messages(), []));

const PROVIDERS = Object.keys(SENDS);

const isRefusal = {
  whatspie: (json, status) => json.status === status && typeof json.message === "string",
  gowhatsapp: (json, status) => json.status === false && json.code === status && typeof json.error === "string",
  wachat: (json, status) => (status === 422 ? Array.isArray(json.detail) : json.error === true),
  a1base: (json, status) => (status === 422 ? Array.isArray(json.detail) : typeof json.detail === "string"),
  whatsspot: (json) => json.success === false && typeof json.message === "string",
};

function refused(provider, answer, ...statuses) {
  assert.ok(statuses.includes(answer.status), `${provider} answered ${answer.status}: ${answer.text}`);
  assert.ok(isRefusal[provider](answer.json, answer.status), answer.text);
}

test("wrong or missing keys, wrong schemes", async () => {
  for (const provider of PROVIDERS) {
    for (const name of Object.keys(AUTH[provider]).filter((each) => each !== "accept")) {
      for (const value of [null, "wrong", "Bearer wrong", "bearer sandbox-token", "sandbox-token", ""]) {
        refused(provider, await send(provider, {}, { [name]: value }), 401, 403);
      }
    }
  }
});

test("unknown paths, methods and query parameters", async () => {
  for (const provider of PROVIDERS) {
    const [path, body] = SENDS[provider];
    refused(provider, await post(provider, `${path}/`, body), 404);
    refused(provider, await post(provider, `/x${path}`, body), 404);
    refused(provider, await use.call(provider, "PUT", path, body), 405);
    refused(provider, await post(provider, `${path}?token=sandbox-key`, body), 400);
  }
  assert.equal((await post("nobody", "/messages", {})).status, 404);
});

test("malformed JSON, wrong content type, wrong charset, not UTF-8", async () => {
  const statuses = { whatspie: 422, gowhatsapp: 400, wachat: 422, a1base: 422, whatsspot: 400 };
  for (const provider of PROVIDERS) {
    const [path, body] = SENDS[provider];
    for (const text of ["", "{", "nonsense", `\uFEFF${JSON.stringify(body)}`, Uint8Array.of(0x22, 0xff, 0x22)]) {
      refused(provider, await post(provider, path, text), statuses[provider]);
    }
    for (const type of [null, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"]) {
      refused(provider, await post(provider, path, JSON.stringify(body), { "content-type": type }), statuses[provider]);
    }
  }
});

test("bodies that are no objects, unknown fields, missing fields, wrong types", async () => {
  const statuses = [400, 422];
  for (const provider of PROVIDERS) {
    const [path, body] = SENDS[provider];
    for (const odd of ["null", "[]", "1", '"text"', "{}", '{"__proto__":1}', "[".repeat(50_000)]) {
      refused(provider, await post(provider, path, odd), ...statuses);
    }
    refused(provider, await send(provider, { extra: 1 }), ...statuses);
    for (const key of Object.keys(body)) {
      refused(provider, await send(provider, { [key]: undefined }), ...statuses);
      for (const value of [null, 7, {}, [], "", "\ud800"]) {
        refused(provider, await send(provider, { [key]: value }), ...statuses);
      }
    }
  }
});

test("whatspie: groups, types, params, mentions, numbers", async () => {
  const group = (id) => post("whatspie", `/groups/${id}/send`, SENDS.whatspie[1]);
  for (const id of ["496", "120363000000000000@g.us", "120363022368688477%40g.us", "0495"]) refused("whatspie", await group(id), 404);
  const wrong = [
    { type: "text" },
    { type: "constructor" },
    { type: "template" },
    { type: "image" },
    { type: "image", params: { image: { url: "ftp://example.com/a" } } },
    { type: "image", params: { image: { url: "https://example.com/a", size: 1 } } },
    { type: "file", params: { document: { url: "https://example.com/a" }, fileName: "a" } },
    { type: "location", params: { location: { degreesLatitude: 91, degreesLongitude: 0 } } },
    { params: { text: "x".repeat(4097) } },
    { params: { text: "Hello", caption: "no" } },
    ...["+62856123456", "62856123456@g.us", "@62856123456", 62856123456].map((each) => ({ params: { text: "Hello", mentions: [each] } })),
    { device: "+6281776521626" },
    { simulate_typing: true },
    { simulate_typing: 2 },
    { file_url: "https://example.com/a" },
  ];
  for (const changes of wrong) {
    const answer = await send("whatspie", changes);
    refused("whatspie", answer, 422);
    assert.ok(answer.json.errors.every((each) => typeof each === "string") && answer.json.errors.length > 0);
  }
  const one = { device: "6281234567890", receiver: "6289876543210", type: "chat", params: { text: "Hi" } };
  for (const changes of [{ receiver: "+6289876543210" }, { receiver: "081234567890" }, { device: undefined }, { message: "Hi" }]) {
    refused("whatspie", await post("whatspie", "/messages", { ...one, ...changes }), 422);
  }
});

test("gowhatsapp: chats and multipart", async () => {
  const text = (id) => post("gowhatsapp", `/chats/${id}/messages`, { text: "Hello" });
  for (const id of ["6281234567890%40s.whatsapp.net", "1203%40g.us", "+6281234567890@s.whatsapp.net", "6281234567890", "a@b@g.us"]) {
    const answer = await text(id);
    refused("gowhatsapp", answer, 500);
    assert.equal(answer.json.message, answer.json.error);
    assert.match(answer.json.error, id.includes("@") ? /is Not Registered$/ : /^Phone number must be digits only/);
  }
  const media = (route, type, fields = {}, file = "bytes") => {
    const form = new FormData();
    if (file !== null) form.append("file", new Blob([file], { type }), "name");
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    return post("gowhatsapp", `/chats/${JID}/${route}`, form);
  };
  refused("gowhatsapp", await media("images", "image/gif"), 500);
  refused("gowhatsapp", await media("stickers", "image/png"), 500);
  refused("gowhatsapp", await media("images", "image/png", {}, ""), 500);
  refused("gowhatsapp", await media("images", "image/png", {}, null), 400);
  refused("gowhatsapp", await media("images", "image/png", { filename: "x" }), 400);
  refused("gowhatsapp", await media("images", "image/png", { view_once: "yes" }), 400);
  refused("gowhatsapp", await post("gowhatsapp", `/chats/${JID}/images`, { file: "https://example.com/a.png" }), 400);
  const type = { "content-type": "multipart/form-data; boundary=b" };
  const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: image/png\r\n\r\nx\r\n';
  for (const body of ["", "--b", "--b--", part, `${part}${part}--b--`, "--b\r\n\r\n--b--", "x--b--"]) {
    refused("gowhatsapp", await post("gowhatsapp", `/chats/${JID}/images`, body, type), 400);
  }
});

test("wachat: Accept, destination, media", async () => {
  for (const accept of [null, "*/*", "application/xml", "text/xml, application/json"]) {
    refused("wachat", await send("wachat", {}, { accept }), 406);
  }
  for (const changes of [{ destination: "+6281234567890" }, { destination: "120363@g.us" }, { timeout: "86400" }, { timeout: 0 }, { is_group: "true" }, { sender: "+62811" }]) {
    const { status, json } = await send("wachat", changes);
    assert.equal(status, 422);
    assert.deepEqual(json.detail[0].loc, ["body", Object.keys(changes)[0]]);
  }
  const to = { destination: "6281234567890" };
  const odd = [{}, { media_url: "nowhere" }, { media_base64: "aGVsbG8=" }, { media_base64: "data:image/png;base64,aGVsbG8=", file_name: "a" }];
  for (const body of [...odd, { media_url: "https://example.com/a", media_base64: "aGVsbG8=", file_name: "a" }]) {
    refused("wachat", await post("wachat", "/wachat_api/1.0/media", { ...to, ...body }), 422);
  }
  refused("wachat", await get("wachat", "/wachat_api/1.0/sender/+6281"), 422);
});

test("a1base: account, thread, numbers, mixed shapes", async () => {
  const [path, body] = SENDS.a1base;
  refused("a1base", await post("a1base", path.replace("acc-sandbox", "other"), body), 404);
  refused("a1base", await send("a1base", { thread_id: "elsewhere" }), 404);
  const link = { media_url: "https://example.com/a.pdf", media_type: "document" };
  const wrong = [
    { from: "14155552671" },
    { service: "signal" },
    { attachment_uri: "file:///a" },
    { message: "A and B" },
    { ...link },
    { content: undefined, message: "Hello", ...link },
    { content: undefined, message_type: "text", ...link },
    { content: undefined, message_type: "media", ...link, media_type: "gif" },
    { content: { type: "text", text: "C on the route of A" } },
  ];
  for (const changes of wrong) refused("a1base", await send("a1base", changes), 422);
  refused("a1base", await post("a1base", "/v1/send/acc-sandbox", body), 422);
  const { thread_id, ...rest } = body;
  refused("a1base", await post("a1base", path.replace("group", "individual"), { ...rest, to: "14155551234" }), 422);
});

test("whatsspot: type, media, recipients, schedule", async () => {
  const link = { type: "IMAGE", mediaUrl: "https://example.com/a.png" };
  const wrong = [
    { type: "text" },
    { type: "AUDIO" },
    { mediaUrl: "https://example.com/a.png" },
    { caption: "on a text" },
    { type: "IMAGE" },
    { ...link, content: undefined },
    { recipients: ["+919999999999"] },
    { recipients: [] },
    { recipients: undefined, groupIds: [] },
    { groupIds: [""] },
    ...["tomorrow", "2024-01-01", "2024-01-01T00:00:00", "2024-02-30T00:00:00Z", "2024-01-01T25:00:00Z", 1704067200].map((scheduledAt) => ({ scheduledAt })),
  ];
  for (const changes of wrong) refused("whatsspot", await send("whatsspot", changes), 422);
});

test("too large a body is a 413, and raw nonsense is survived", async () => {
  const large = "x".repeat(16 * 1024 * 1024 + 1);
  for (const provider of PROVIDERS) refused(provider, await post(provider, SENDS[provider][0], large), 413);
  for (const bytes of ["\0\0\0\r\n\r\n", "POST /whatspie/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n"]) {
    await new Promise((resolve) => {
      const socket = connect(use.sandbox.port, "127.0.0.1", () => socket.write(bytes, () => setTimeout(() => socket.destroy(), 20)));
      socket.on("close", resolve).on("error", () => {});
    });
  }
  assert.equal((await get("whatspie", "/devices")).status, 200);
});
