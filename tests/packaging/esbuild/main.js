import * as chaski from "chaski";
import { checksOf, runChecks } from "./checks.mjs";
import fixtures from "./fixtures.mjs";

runChecks(checksOf(chaski, fixtures)).then((results) => {
  globalThis.report = results;
  if (!globalThis.document) console.log(JSON.stringify(results));
});
