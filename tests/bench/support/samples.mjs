// One send at each gateway without the send: account, group, and what it answers; shapes as in tests/fixtures.

export const samples = [
  {
    account: { provider: "whatspie", token: "bench-token", device: "6281776521626" },
    group: "495",
    answer: { code: 200, message: "Message queued", data: { id: 7637842, device: "6281776521626", receiver: "120363025246125016@g.us", type: "chat", status: "PENDING", params: { text: "Release 4211 of the shop is live" }, created_at: "2026-11-07T05:31:56.000000Z" } },
  },
  {
    account: { provider: "gowhatsapp", base_url: "https://gateway.example", token: "bench-token" },
    group: "120363025246125016@g.us",
    answer: { code: 200, data: { status: "sent", timestamp: 1702129024, message_id: "3EB0ABC123DEF456789", chat: "120363025246125016@g.us", type: "text" }, status: true, message: "Message sent successfully" },
  },
  {
    account: { provider: "wachat", api_key: "bench-key", device_id: "11074-1" },
    group: "6285156055377-1607992695",
    answer: { error: false, message: "Data message", data: { sender: "string", queue: "11074-1", destination: "6285156055377-1607992695", message: "Release 4211 of the shop is live: 14 changes", ref_no: "008078391643125660" } },
  },
  {
    account: { provider: "a1base", account_id: "bench-account", api_key: "bench-key", api_secret: "bench-secret", from: "+14155552671" },
    group: "group-thread-id-123",
    answer: { data: { message_id: "wamid.4a1f0c52-7f0e-4c0b-9a3c-55f1d2b7e1aa", thread_id: "group-thread-id-123", from: "+14155552671", service: "whatsapp", status: "queued", body: "Release 4211 of the shop is live" } },
  },
  {
    account: { provider: "whatsspot", api_key: "bench-key" },
    group: "120363022368688477@g.us",
    answer: { success: true, jobId: "job_4a1f0c527f0e4c0b9a3c55f1d2b7e1aa", status: "PROCESSING", message: "Bulk job created with 1 recipients", type: "TEXT", content: "Release 4211 of the shop is live" },
  },
];
