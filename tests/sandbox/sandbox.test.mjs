// Each vendor's published examples are accepted, answered as documented and recorded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startSandbox } from "./server.mjs";
import { JID, SENDS, useSandbox } from "./testing.mjs";

const use = useSandbox();
const { post, get } = use;
const reached = () => use.sandbox.messages();

test("whatspie: the published group message", async () => {
  const body = {
    message: "Hello",
    type: "chat",
    params: { text: "Hello @62856123456", mentions: ["62856123456@s.whatsapp.net"] },
  };
  const { status, json } = await post("whatspie", "/groups/495/send", body);
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ["status", "message", "data"]);
  const { id, created_at, ...data } = json.data;
  assert.match(id, /^\d{7}$/);
  assert.match(created_at, /Z$/);
  assert.deepEqual(data, {
    device_id: "5",
    from_number: "6281776521626",
    to_number: "6285156055377-1607992695",
    type: "chat",
    msg_type: "outgoing",
    body: "Hello",
    status: "PENDING",
    file_url: null,
    file_caption: "Hello",
    params: null,
    wa_id: null,
    retry: 0,
    failed_reason: null,
    file_name: null,
    file_size: null,
    file_mime: null,
    updated_at: null,
  });
  const [record] = reached();
  assert.deepEqual(
    { ...record, at: null, headers: null },
    { n: 1, provider: "whatspie", at: null, to: ["495"], kind: "group", text: "Hello @62856123456", body, headers: null, id },
  );
});

test("no record keeps a key", async () => {
  for (const provider of Object.keys(SENDS)) await use.send(provider);
  const kept = JSON.stringify([reached(), use.sandbox.requests()]);
  assert.ok(kept.includes("content-type"));
  assert.doesNotMatch(kept, /sandbox-(token|key|secret)/);
});

test("whatspie: by JID, media, individual, look-up, groups and devices", async () => {
  const byJid = { type: "chat", params: { text: "Hello Everyone" } };
  assert.equal((await post("whatspie", "/groups/120363022368688477@g.us/send", byJid)).status, 200);
  const image = { message: "photo", type: "image", params: { image: { url: "https://example.com/a.jpg" }, caption: "photo" } };
  assert.equal((await post("whatspie", "/groups/15378/send", image)).json.data.file_url, "https://example.com/a.jpg");

  const to = { device: "6281234567890", receiver: "6289876543210", simulate_typing: 1 };
  const kinds = [
    ["chat", { text: "Hi!" }],
    ["file", { document: { url: "https://example.com/a.pdf" }, fileName: "a.pdf", mimetype: "application/pdf" }],
    ["file", { video: { url: "https://example.com/a.mp4" }, mimetype: "video/mp4", caption: "look" }],
    ["location", { location: { degreesLatitude: -6.2088, degreesLongitude: 106.8456 } }],
  ];
  for (const [type, params] of kinds) {
    const { status, json } = await post("whatspie", "/messages", { ...to, type, params });
    assert.equal(status, 200);
    assert.equal(typeof json.data.id, "number");
    assert.equal(json.data.is_group, false);
    assert.equal((await get("whatspie", `/messages/${json.data.id}`)).json.data.status, "PENDING");
    assert.equal((await get("whatspie", `/messages/${json.data.id}`)).json.data.status, "sent");
  }
  assert.deepEqual((await get("whatspie", "/groups")).json.data.map(({ id }) => id), ["495", "15378"]);
  const [device] = (await get("whatspie", "/devices")).json.data;
  assert.equal(device.paired_status, "PAIRED");
  assert.deepEqual(device.subscription, { quote_available: "10000", quote_used: "6" });
  assert.equal((await get("whatspie", "/messages/1")).status, 404);
  assert.equal((await get("whatspie", "/messages/x")).status, 400);
});

test("gowhatsapp: the published text message, groups, device", async () => {
  const body = { text: "Hello, World!", reply_to_message_id: "string", typing_simulation: true, presence_simulation: true };
  const { status, json } = await post("gowhatsapp", `/chats/${JID}/messages`, body);
  assert.equal(status, 200);
  assert.match(json.data.message_id, /^3EB0[0-9A-F]{15}$/);
  assert.equal(json.data.status, "sent");
  assert.deepEqual({ ...json, data: null }, { status: true, code: 200, message: "Message sent successfully", data: null });
  assert.equal((await post("gowhatsapp", "/chats/120363123456789012@g.us/messages", { text: "Hi" })).status, 200);
  assert.deepEqual(reached().map(({ kind }) => kind), ["individual", "group"]);
  assert.equal((await get("gowhatsapp", "/devices/me/status")).json.data.connected, true);
  assert.equal((await get("gowhatsapp", "/devices/me")).json.data.status, "active");
  assert.equal((await get("gowhatsapp", "/groups?force_refresh=true")).json.data[0].jid, "120363123456789012@g.us");
});

test("gowhatsapp: every medium as multipart", async () => {
  const media = [
    ["images", "image/jpeg", { caption: "look", view_once: "true" }],
    ["videos", "video/mp4", { caption: "look", typing_simulation: "false" }],
    ["audio", "audio/ogg", { ptt: "true" }],
    ["documents", "application/pdf", { filename: "report.pdf", caption: "look" }],
    ["stickers", "image/webp", {}],
  ];
  for (const [route, type, fields] of media) {
    const form = new FormData();
    form.append("file", new Blob(["bytes\r\n--not a boundary"], { type }), "naïve \"name\".bin");
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const { status, text } = await post("gowhatsapp", `/chats/${JID}/${route}`, form);
    assert.equal(status, 200, text);
    const { body } = reached().at(-1);
    assert.equal(body.file.name, "naïve \"name\".bin");
    assert.equal(body.file.size, 23);
    assert.deepEqual({ ...body, file: null }, { file: null, ...fields });
  }
});

test("wachat: the published message and media, status, balance, key", async () => {
  const { status, json } = await post(
    "wachat",
    "/wachat_api/1.0/message",
    { queue: "YOUR_DEVICE_ID", destination: "6281234567890", message: "Message text" },
    { "content-type": "application/json; charset=utf-8" },
  );
  assert.equal(status, 201);
  const { ref_no, ...data } = json.data;
  assert.match(ref_no, /^00\d{16}$/);
  assert.deepEqual(data, { sender: null, queue: "YOUR_DEVICE_ID", destination: "6281234567890", message: "Message text" });
  assert.equal(json.error, false);

  const look = async () => (await get("wachat", `/wachat_api/1.0/status/${ref_no}`)).json.data.status;
  assert.deepEqual([await look(), await look(), await look(), await look()], ["Q", "S", "D", "D"]);

  const byUrl = { queue: "1-1", destination: "6281234567890", caption: "Caption text", media_url: "https://example.com/image_name.png" };
  assert.equal((await post("wachat", "/wachat_api/1.0/media", byUrl)).json.data.media_url, byUrl.media_url);
  const inline = { destination: "any group", is_group: true, media_base64: "aGVsbG8=", file_name: "a.png", timeout: 86400, sender: "6281776521626" };
  assert.equal((await post("wachat", "/wachat_api/1.0/media", inline)).status, 201);
  assert.deepEqual(reached().map(({ kind }) => kind), ["individual", "individual", "group"]);

  const { data: gateway } = (await get("wachat", "/wachat_api/1.0/sender/6281776521626")).json;
  assert.deepEqual(gateway, { idClient: 1, name: "6281776521626", counter: 3, limit: 1000 });
  assert.equal((await get("wachat", "/wachat_api/1.0/auth/api_key")).json.data.userid, "sandbox");
  assert.equal((await get("wachat", "/wachat_api/1.0/status/0")).json.error, true);
});

test("how far a message is: one step with each look-up, or what the test says of it", async () => {
  const phone = "6281234567890";
  const look = {
    whatspie: async () => (await get("whatspie", `/messages/${reached()[0].id}`)).json.data.status,
    wachat: async () => (await get("wachat", `/wachat_api/1.0/status/${reached()[1].id}`)).json.data.status,
  };
  await post("whatspie", "/messages", { device: phone, receiver: phone, type: "chat", params: { text: "Hi!" } });
  await post("wachat", "/wachat_api/1.0/message", { destination: phone, message: "Hi!" });
  const steps = [];
  for (let asked = 0; asked < 4; asked += 1) steps.push(await look.whatspie());
  assert.deepEqual(steps, ["PENDING", "sent", "delivered", "delivered"]);

  const { settle } = use.sandbox;
  for (const [status, whatspie, wachat] of [["queued", "PENDING", "Q"], ["sent", "sent", "S"], ["delivered", "delivered", "D"], ["read", "read", "R"], ["failed", "failed", "A"]]) {
    settle({ status });
    assert.deepEqual([await look.whatspie(), await look.wachat()], [whatspie, wachat]);
  }
  settle({ provider: "wachat", to: "890", status: "sent" });
  settle({ provider: "whatspie", to: "7", status: "read" });
  settle({ provider: "whatspie", to: "999", status: "queued" });
  assert.deepEqual([await look.whatspie(), await look.wachat()], ["read", "S"]);
  for (const wrong of [{}, { status: "gone" }, { status: "sent", provider: "a1base" }, { status: "sent", id: "1" }]) assert.throws(() => settle(wrong), RangeError);
});

test("a1base: the three published shapes, details, threads", async () => {
  const group = { from: "+14155552671", thread_id: "group-thread-id-123", service: "whatsapp" };
  const link = { media_url: "https://example.com/documents/report.pdf", media_type: "document", caption: "report" };
  const route = "/v1/messages/group/acc-sandbox/send";
  const bodies = [
    [route, { ...group, content: "Hello", attachment_uri: "https://example.com/a.pdf" }],
    [route, { ...group, message: "Hello everyone in the group!" }],
    [route, { ...group, message_type: "media", ...link }],
    ["/v1/send/acc-sandbox", { ...group, type: "group", content: { type: "media", ...link } }],
    ["/v1/send/acc-sandbox", { ...group, type: "group", content: { type: "text", text: "Hello" } }],
  ];
  for (const [path, body] of bodies) {
    const { status, json, text } = await post("a1base", path, body);
    assert.equal(status, 200, text);
    assert.deepEqual(Object.keys(json), ["chat_group_id", "from", "body", "status", "date_created"]);
    assert.equal(json.status, "queued");
  }
  assert.deepEqual(reached().map(({ text }) => text), ["Hello", "Hello everyone in the group!", "report", "report", "Hello"]);

  const one = { from: "+14155552671", to: "+14155551234", service: "whatsapp", content: "Hi" };
  assert.equal((await post("a1base", "/v1/messages/individual/acc-sandbox/send", one)).json.to, "+14155551234");
  const details = `/v1/messages/individual/acc-sandbox/get-details/${reached().at(-1).id}`;
  assert.equal((await get("a1base", details)).json.data.status, "queued");
  assert.equal((await get("a1base", details)).json.data.status, "sent");
  const { data } = (await get("a1base", "/v1/messages/threads/acc-sandbox/get-all")).json;
  assert.equal(data[0].thread_id, "group-thread-id-123");
});

test("whatsspot: the published messages; one, a few, many and groups", async () => {
  const send = (body) => post("whatsspot", "/messages/send", { type: "TEXT", content: "Hello!", ...body });
  const single = (await send({ recipients: ["919999999999"], scheduledAt: "2024-01-01T00:00:00Z" })).json;
  assert.deepEqual(Object.keys(single), ["success", "message", "async"]);
  const link = { type: "IMAGE", mediaUrl: "https://example.com/invoice.pdf", caption: "Here is your invoice" };
  const media = (await send({ ...link, recipients: ["919999999999"] })).json;
  assert.equal(media.message.status, "SENT");

  const phones = Array(11).fill("919999999999");
  const few = (await send({ recipients: phones.slice(0, 10) })).json;
  assert.equal(new Set(few.message.map(({ id }) => id)).size, 10);
  const many = (await send({ recipients: phones })).json;
  assert.match(many.jobId, /^job_/);
  assert.equal(many.message, "Bulk job created with 11 recipients");
  assert.equal((await send({ groupIds: ["g1"] })).json.status, "PROCESSING");
  assert.deepEqual(reached().map(({ kind }) => kind), [...Array(4).fill("individual"), "group"]);
});

test("two sandboxes share nothing, and ids are the same in every run", async () => {
  const other = await startSandbox();
  try {
    const { json } = await use.send("whatsspot");
    assert.equal(json.message.id, "msg_00000001");
    assert.equal(other.messages().length, 0);
    use.sandbox.reset();
    assert.equal((await use.send("whatsspot")).json.message.id, "msg_00000001");
  } finally {
    await other.stop();
  }
});
