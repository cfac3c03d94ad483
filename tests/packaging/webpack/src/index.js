import { checksOf, runChecks } from "../checks.mjs";
import fixtures from "../fixtures.mjs";

const chaski = location.hash === "#web" ? await import("chaski/web") : await import("chaski");
await chaski.init();
globalThis.report = await runChecks(checksOf(chaski, fixtures));
