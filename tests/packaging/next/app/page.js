import * as chaski from "chaski";
import { checksOf, runChecks } from "../checks.mjs";
import fixtures from "../fixtures.mjs";

export const dynamic = "force-dynamic";

export default async function Page() {
  return <pre>{JSON.stringify(await runChecks(checksOf(chaski, fixtures)))}</pre>;
}
