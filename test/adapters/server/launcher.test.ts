import { existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { systemClock } from "../../../src/adapters/host/system-clock.ts";
import { createServerLauncher, type LauncherOptions } from "../../../src/adapters/server/launcher.ts";
import { GateError } from "../../../src/core/model/gate-error.ts";
import type { LaunchRequest, LaunchWatch, RunningServer } from "../../../src/gate/ports.ts";
import { isAlive, launchOf, scratchFile } from "./servers.ts";

const running: RunningServer[] = [];
const started: number[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  for (const pid of started.splice(0)) expect(isAlive(pid)).toBe(false);
});

async function start(
  request: LaunchRequest,
  watch: Partial<LaunchWatch> = {},
  options: Partial<LauncherOptions> = {},
): Promise<RunningServer> {
  const onStarted = ({ pid }: { readonly pid: number }) => started.push(pid);
  const launcher = createServerLauncher({ clock: systemClock(), onStarted, ...options });
  const server = await launcher.start(request, { signal: new AbortController().signal, ...watch });
  running.push(server);
  return server;
}

async function failure(request: LaunchRequest, watch: Partial<LaunchWatch> = {}): Promise<GateError> {
  const error = await start(request, watch).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GateError);
  return error as GateError;
}

async function ask<T>(server: RunningServer, path: string): Promise<T> {
  return (await (await fetch(server.url + path)).json()) as T;
}

test("a server is started on a free port, is ready, and is gone after its stop", async () => {
  const server = await start(launchOf([]));
  expect(server).toMatchObject({ owned: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
  expect(server.loadMs).toBeGreaterThan(0);
  expect(server.command).toContain("--port");
  expect(server.exit()).toBeUndefined();

  const [pid = 0] = await ask<number[]>(server, "/pids");
  await Promise.all([server.stop(), server.stop()]);
  expect(isAlive(pid)).toBe(false);
  expect(server.gone.aborted).toBe(true);
  expect(server.exit()).toEqual({ code: null, signal: "SIGTERM" });
});

test("two starts are two boots", async () => {
  const first = await start(launchOf([]));
  const second = await start(launchOf([]));
  expect(first.boot).not.toBe(second.boot);
});

test("hostile models and arguments arrive as literal words, and no shell reads them", async () => {
  const canary = scratchFile("pwned");
  const hostile = [`; touch ${canary}`, `$(touch ${canary})`, "--leading-dash", "two words", "*", "$HOME", `"'\\`];
  const server = await start(launchOf(["{{model}}"], { model: `x; touch ${canary}`, args: hostile }));
  const words = await ask<string[]>(server, "/argv");
  expect(words.slice(2)).toEqual([`x; touch ${canary}`, ...hostile]);
  expect(existsSync(canary)).toBe(false);
});

test("the server's environment holds none of ours but what is passed or set", async () => {
  const environment = {
    PATH: process.env["PATH"],
    INPUT_CONFIG: "x",
    ACTIONS_RUNTIME_TOKEN: "x",
    GITHUB_TOKEN: "x",
    GH_TOKEN: "x",
    HF_TOKEN: "passed",
  };
  const server = await start(
    launchOf([], { server: { passEnv: ["HF_TOKEN"], setEnv: { MODE: "test" } } }),
    {},
    { environment },
  );
  const seen = await ask<Record<string, string>>(server, "/env");
  expect(Object.keys(seen).sort()).toEqual(["HF_TOKEN", "MODE", "PATH", "SERVING_GATE_BOOT"]);
  expect(seen).toMatchObject({ HF_TOKEN: "passed", MODE: "test" });
});

test("a server that exits while loading is told with its code and its last lines, made printable", async () => {
  const error = await failure(launchOf(["--say", "\\e[31mno such model\\e[0m", "--say", "::error::x", "--exit", "7"]));
  expect(error.blame).toBe("server");
  expect(error.message).toMatch(/exited with code 7 .* after its start, before it was ready/);
  expect(error.message).toContain("  | no such model\n  | ::error::x\n");
});

test("a server that leaves the foreground is told to stay there", async () => {
  expect((await failure(launchOf(["--exit", "0"]))).message).toContain("Keep it in the foreground");
});

test("a server that is never ready is told with what it answered, and stopped", async () => {
  const error = await failure(launchOf(["--never-ready"], { server: { readyTimeoutMs: 3000 } }));
  expect(error.blame).toBe("server");
  expect(error.message).toMatch(/was not ready after .* answered 503 to \/health/);
  expect(error.message).toContain("  | listening\nRaise server.ready-timeout");
});

test("a server that does not know the health path is asked for its models", async () => {
  expect((await start(launchOf(["--unknown-health"]))).owned).toBe(true);
});

test("the wait is told about with the last line of the log", async () => {
  const seen: (string | undefined)[] = [];
  const loading = launchOf(["--ready-after", "25"]);
  await start(loading, { onLoading: ({ lastLogLine }) => seen.push(lastLogLine) });
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.at(-1)).toMatch(/loading shard \d+/);
});

test.each([
  ["a program that does not exist", ["/no/such/server"], {}, /"\/no\/such\/server", which was not found/],
  ["a program that may not be run", ["/etc/passwd"], {}, /may not be run/],
  ["a folder that does not exist", ["node"], { cwd: "/no/such/folder" }, /server\.cwd is "\/no\/such\/folder"/],
])("%s is a fault of the config", async (_what, command, rest, message) => {
  const error = await failure(launchOf([], { server: { command: [...command, "{{port}}"], ...rest } }));
  expect(error.blame).toBe("config");
  expect(error.message).toMatch(message);
});

test("a port that answers before the start is refused", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  const error = await failure(launchOf([], { server: { url: `http://127.0.0.1:${port}` } }));
  other.close();
  expect(error.blame).toBe("host");
  expect(error.message).toContain(`port ${port} of 127.0.0.1 already answers`);
  expect(error.message).toMatch(new RegExp(`stop process ${process.pid} \\(.*jest`));
});

test("a server and its child that ignore SIGTERM are killed after the stop timeout", async () => {
  const server = await start(launchOf(["--stubborn", "--child"], { server: { stopTimeoutMs: 100 } }));
  const pids = await ask<number[]>(server, "/pids");
  expect(pids.map(isAlive)).toEqual([true, true]);
  await server.stop();
  expect(pids.map(isAlive)).toEqual([false, false]);
  expect(server.exit()).toEqual({ code: null, signal: "SIGKILL" });
});

test("a server that takes its time is not waited for when the run is cancelled", async () => {
  const cancel = new AbortController();
  const server = await start(launchOf(["--stubborn"], { server: { stopTimeoutMs: 600_000 } }), {
    signal: cancel.signal,
  });
  cancel.abort();
  await server.stop();
  expect(server.exit()).toEqual({ code: null, signal: "SIGKILL" });
});

test.each(["--child", "--stray"])("a process of the server (%s) that outlives it is found and ended", async (flag) => {
  const server = await start(launchOf([flag, "--die-on", "1"], { server: { stopTimeoutMs: 100 } }));
  const [leader = 0, child = 0] = await ask<number[]>(server, "/pids");
  await fetch(`${server.url}/die`).catch(() => undefined);
  if (!server.gone.aborted) await new Promise((resolve) => server.gone.addEventListener("abort", resolve));
  expect([leader, child].map(isAlive)).toEqual([false, true]);
  expect(server.exit()).toEqual({ code: 3, signal: null });
  await server.stop();
  expect(isAlive(child)).toBe(false);
});

test("a cancel while loading stops the server", async () => {
  const cancel = new AbortController();
  const pids: number[] = [];
  const onStarted = ({ pid }: { readonly pid: number }) => pids.push(pid);
  const loading = start(
    launchOf(["--never-ready"]),
    { signal: cancel.signal, onLoading: () => cancel.abort() },
    { onStarted },
  );
  await expect(loading).rejects.toThrow(/abort/);
  expect(pids.map(isAlive)).toEqual([false]);
});

test("what runs is noted while it runs, and no longer", async () => {
  const stateFile = scratchFile("servers.json");
  const server = await start(launchOf([]), {}, { stateFile });
  const [pid] = await ask<number[]>(server, "/pids");
  expect(JSON.parse(readFileSync(stateFile, "utf8"))).toMatchObject({
    servers: [{ boot: server.boot, leader: pid, owner: { pid: process.pid } }],
  });
  await server.stop();
  expect(existsSync(stateFile)).toBe(false);
});

test("the base build is started by its own command", async () => {
  const request = launchOf(["--candidate"]);
  const baseCommand = [...(request.server.command ?? []), "--base"];
  const server = await start({ ...request, build: "base", server: { ...request.server, baseCommand } });
  expect(await ask<string[]>(server, "/argv")).toContain("--base");
  expect((await failure({ ...request, build: "base" })).message).toContain("server.base-command is not set");
});

test.each([
  ["in its folder", undefined, ""],
  ["in the folder below it that server.cwd names", "serving", "serving"],
])("a base that was built is started by the candidate's command, %s", async (_where, cwd, below) => {
  const folder = dirname(scratchFile("base"));
  mkdirSync(join(folder, "serving"));
  const request = launchOf(["--candidate"], { build: "base", folder, server: cwd === undefined ? {} : { cwd } });
  const server = await start(request);
  expect(await ask<string[]>(server, "/argv")).toContain("--candidate");
  expect(await ask<string>(server, "/cwd")).toBe(join(realpathSync(folder), below));
});

test("a base-command starts the base where server.cwd says, whatever was built", async () => {
  const cwd = dirname(scratchFile("elsewhere"));
  const request = launchOf([], { build: "base", folder: "/no/such/folder" });
  const { command: baseCommand = [] } = request.server;
  const server = await start({ ...request, server: { ...request.server, baseCommand, cwd } });
  expect(await ask<string>(server, "/cwd")).toBe(realpathSync(cwd));
});

test("a base-command that cannot be started is named by its own key", async () => {
  const request = launchOf([], { build: "base", server: { baseCommand: ["/no/such/server", "{{port}}"] } });
  expect((await failure(request)).message).toContain(
    'server.base-command starts "/no/such/server", which was not found',
  );
  const deaf = launchOf([], { build: "base", server: { baseCommand: ["serve"] } });
  expect((await failure(deaf)).message).toContain("server.base-command does not use {{port}}");
});
