// The npm module as it is in this page: its wasm comes when it is first needed, and once.

let loading;

/** The module, ready to be used. A failure is not kept: another try may do better. */
export function core() {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load() {
  const wasm = fetch(new URL("../chaski/chaski_bg.wasm", import.meta.url));
  const [module, response] = await Promise.all([import("../chaski/index.web.js"), wasm]);
  await module.init(response);
  return module;
}
