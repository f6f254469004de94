import { accessSync, constants, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where the CLI notes the servers it has started, so that the next run can end what a killed one left behind.
 *
 * Undefined where the home is read-only: a run goes on without the net.
 */
export function userStateFile(): string | undefined {
  const folder = join(process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "serving-gate");
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return join(folder, "servers.json");
  } catch {
    return undefined;
  }
}
