const started = performance.now();
const { Chaski } = await import("chaski");
const client = new Chaski({ provider: "whatspie", token: "test-token", device: "6281776521626" });
client.request({ send_message: { to: { group: "495" }, text: "Hello" } });
console.log(performance.now() - started);
