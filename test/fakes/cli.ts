import { spawn } from "node:child_process";
import { resolve } from "node:path";

const dist = resolve("dist/cli.js");

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the bundled CLI as a user would; `onStderr` sees what it prints as it prints it. */
export function runCli(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly cli?: string;
    readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  } = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [options.cli ?? dist, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: options.cwd ?? "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
    options.onStderr?.(stderr, (signal) => child.kill(signal));
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

/** Words of a server command that starts the embedded engine, fast. */
export function engineCommand(...flags: readonly string[]): readonly string[] {
  return [process.execPath, dist, "serve", "--port", "{{port}}", "--time-scale", "0.05", ...flags, "{{args}}"];
}
