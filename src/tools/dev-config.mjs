// The Worker's configuration in development and tests: one connection per provider, all at the sandbox, a hook, and a
// subscriber, which is the sandbox too.

export const devKey = "dev-key";

export function devConfig(sandbox) {
  return {
    connections: {
      whatspie: { provider: "whatspie", base_url: `${sandbox}/whatspie`, token: "sandbox-token", device: "6281776521626", inbound_key: "sandbox-inbound-key" },
      gowhatsapp: { provider: "gowhatsapp", base_url: `${sandbox}/gowhatsapp`, token: "sandbox-token", webhook_secret: "sandbox-webhook-secret" },
      wachat: { provider: "wachat", base_url: `${sandbox}/wachat`, api_key: "sandbox-key", device_id: "11074-1", sender: "6281100000000", inbound_key: "sandbox-inbound-key" },
      a1base: { provider: "a1base", base_url: `${sandbox}/a1base`, account_id: "acc-sandbox", api_key: "sandbox-key", api_secret: "sandbox-secret", from: "+14155552671", inbound_key: "sandbox-inbound-key" },
      whatsspot: { provider: "whatsspot", base_url: `${sandbox}/whatsspot`, api_key: "sandbox-key", webhook_secret: "sandbox-webhook-secret" },
    },
    routes: { default: ["whatspie"] },
    hooks: { deploys: { key: "sandbox-hook-key", to: { group: "ops-team" }, text: "{{repo}} deployed by {{user}}" } },
    subscribers: { crm: { url: `${sandbox}/_sandbox/subscriber`, secret: "whsec_c2FuZGJveC1zdWJzY3JpYmVyLXNlY3JldC0zMi1ieXQ=" } },
    groups: {
      "ops-team": {
        whatspie: "495",
        gowhatsapp: "120363025246125016@g.us",
        wachat: "6285156055377-1607992695",
        a1base: "group-thread-id-123",
        whatsspot: "120363025246125016@g.us",
      },
      family: {
        whatspie: "15378",
        gowhatsapp: "120363123456789012@g.us",
        wachat: "6281776521626-1580000000",
        a1base: "group-thread-id-456",
        whatsspot: "120363123456789012@g.us",
      },
    },
  };
}

/** Where the sandbox's webhooks go, with this configuration. */
export function devWebhooks(worker) {
  const inbound = `${worker}/v1/inbound`;
  return {
    // Of the second version, which also tells what was read.
    whatspie: { url: `${inbound}/whatspie/sandbox-inbound-key`, version: 2 },
    gowhatsapp: { url: `${inbound}/gowhatsapp`, secret: "sandbox-webhook-secret" },
    wachat: { url: `${inbound}/wachat/sandbox-inbound-key` },
    a1base: { url: `${inbound}/a1base/sandbox-inbound-key` },
    whatsspot: { url: `${inbound}/whatsspot`, secret: "sandbox-webhook-secret" },
  };
}
