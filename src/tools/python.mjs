// Makes sure that tests/openapi has what it needs of Python: in .tools/python, as tests/openapi/requirements.txt names it.

import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { capture, plainError, root, step } from "./process.mjs";

const wanted = join(root, "tests", "openapi", "requirements.txt");
const folder = join(root, ".tools", "python");
const installed = join(folder, "requirements.txt");

/** A program that the requirements bring. */
export const pythonTool = (name) => join(folder, "bin", name);

export async function ensurePython() {
  if (existsSync(installed) && readFileSync(installed, "utf8") === readFileSync(wanted, "utf8")) return;
  const asked = await capture("python3", ["-c", "import sys; assert sys.version_info >= (3, 11); import venv, ensurepip"]);
  if (!asked.ok) {
    throw plainError("Python 3.11 or newer with venv is missing; the API is tried with schemathesis. Debian and Ubuntu: apt install python3-venv. macOS: brew install python.");
  }
  rmSync(folder, { recursive: true, force: true });
  await step("Making a virtual environment for Python in .tools/python", "python3", ["-m", "venv", folder]);
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off", "--requirement", wanted];
  await step("Installing schemathesis and openapi-spec-validator into it (about half a minute)", pythonTool("python"), pip);
  copyFileSync(wanted, installed);
}
