// What is said in all measurements: one message, the gateways' answers, and the accounts.

export const key = "bench-key-0123456789abcdef0123456789abcdef";

/** About 300 bytes, as a deployment's hook would say it. */
export const message = {
  to: { group: "group-thread-id-123" },
  text: "Release 4211 of the shop is live: 14 changes by 3 people, all checks are green. The old one stays warm for an hour; roll back with one word here.",
  expires_in: 3600,
  metadata: { deployment: "4211", commit: "9f1c2ab7d0e4", by: "ci", environment: "production" },
};

/** What each gateway answers, by the first segment of its path; shapes as in tests/fixtures. */
export const answers = {
  a1base: {
    data: {
      message_id: "wamid.4a1f0c52-7f0e-4c0b-9a3c-55f1d2b7e1aa",
      thread_id: "group-thread-id-123",
      from: "+14155552671",
      service: "whatsapp",
      status: "queued",
      body: "Release 4211 of the shop is live",
      date_created: "2026-11-07T05:31:56Z",
    },
  },
  whatspie: {
    code: 200,
    message: "List of groups",
    data: [
      { id: 495, title: "Operations", jid: "120363025246125016@g.us", participants: 12, is_admin: true },
      { id: 496, title: "Shop, on call", jid: "120363025246125017@g.us", participants: 5, is_admin: true },
      { id: 15378, title: "Family", jid: "120363123456789012@g.us", participants: 9, is_admin: false },
    ],
  },
  gowhatsapp: { code: 200, status: true, message: "Message sent successfully", data: { status: "sent", timestamp: 1702129024, message_id: "3EB0ABC123DEF456789" } },
};

/** The configuration of all subjects, with every account at the gateway. */
export function configOf(gateway) {
  return {
    connections: {
      a1: { provider: "a1base", base_url: `${gateway}/a1base`, account_id: "bench-account", api_key: "bench-api-key", api_secret: "bench-api-secret", from: "+14155552671" },
      pie: { provider: "whatspie", base_url: `${gateway}/whatspie`, token: "bench-token" },
      go: { provider: "gowhatsapp", base_url: `${gateway}/gowhatsapp`, token: "bench-token" },
      go2: { provider: "gowhatsapp", base_url: `${gateway}/gowhatsapp`, token: "bench-token" },
      go3: { provider: "gowhatsapp", base_url: `${gateway}/gowhatsapp`, token: "bench-token" },
    },
    routes: { default: ["a1"] },
    groups: { "ops-team": { a1: "group-thread-id-123", go: "120363025246125016@g.us" } },
  };
}
