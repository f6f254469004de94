import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readProcess } from "../../../src/adapters/server/process-table.ts";
import type { ServerConfig } from "../../../src/core/model/config.ts";
import type { LaunchRequest } from "../../../src/gate/ports.ts";

/** See there for its flags. */
const SERVER_SCRIPT = fileURLToPath(new URL("../../fixtures/servers/server.mjs", import.meta.url));

/** A request to start the fixture with these flags on a free port. */
export function launchOf(
  flags: readonly string[],
  rest: Partial<Omit<LaunchRequest, "server">> & { readonly server?: Partial<ServerConfig> } = {},
): LaunchRequest {
  const { server, ...request } = rest;
  return {
    build: "candidate",
    model: "a/model",
    args: [],
    ...request,
    server: {
      command: [process.execPath, SERVER_SCRIPT, "--port", "{{port}}", ...flags, "{{args}}"],
      backend: "auto",
      readyTimeoutMs: 20_000,
      stopTimeoutMs: 10_000,
      requestTimeoutMs: 5_000,
      args: [],
      passEnv: [],
      setEnv: {},
      ...server,
    },
  };
}

/** False once nobody has this pid; a dead process that was not collected yet has no life either. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  return readProcess(pid)?.isZombie ?? false;
}

export function scratchFile(name: string): string {
  return join(mkdtempSync(join(tmpdir(), "serving-gate-")), name);
}
