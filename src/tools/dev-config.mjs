// The Worker's configuration in development and tests: one connection per provider, all at the sandbox, and a hook.

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
    groups: {
      "ops-team": {
        whatspie: "495",
        gowhatsapp: "120363025246125016@g.us",
        wachat: "6285156055377-1607992695",
        a1base: "group-thread-id-123",
        whatsspot: "120363025246125016@g.us",
      },
    },
  };
}
