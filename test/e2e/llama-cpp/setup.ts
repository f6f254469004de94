/** Makes the llama.cpp server ready to start: its packages installed, its model written. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const FOLDER = dirname(fileURLToPath(import.meta.url));

/** npm writes this file last: a folder without it is a broken-off installation. */
const INSTALLED = join(FOLDER, "node_modules", ".package-lock.json");

/** Without the optional packages, which are other platforms' binaries, and without scripts, which would download. */
const INSTALL = ["ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"];

/** The command's `{{port}}` is for the caller to fill in. The model is kept in the system's temporary folder. */
export async function llamaCppServerCommand(): Promise<{ command: readonly string[]; modelPath: string }> {
  if (!existsSync(INSTALLED)) await run("npm", INSTALL, { cwd: FOLDER });
  const modelPath = join(tmpdir(), `serving-gate-tiny-llama-${await recipeHash()}.gguf`);
  if (!existsSync(modelPath)) await run("node", [join(FOLDER, "write-gguf.mjs"), modelPath]);
  const command = ["node", join(FOLDER, "server.mjs"), "--model", modelPath, "--port", "{{port}}"];
  return { command, modelPath };
}

/** A model written by other code than today's is never taken for today's. */
async function recipeHash(): Promise<string> {
  const sources = await Promise.all(["write-gguf.mjs", "vocabulary.mjs"].map((name) => readFile(join(FOLDER, name))));
  return createHash("sha256").update(Buffer.concat(sources)).digest("hex").slice(0, 12);
}
