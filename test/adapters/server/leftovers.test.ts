import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { buildSync } from "esbuild";
import { systemClock } from "../../../src/adapters/host/system-clock.ts";
import { createServerLauncher } from "../../../src/adapters/server/launcher.ts";
import { openStateFile, stopLeftovers } from "../../../src/adapters/server/leftovers.ts";
import { createLogTail } from "../../../src/adapters/server/log-tail.ts";
import { readProcess } from "../../../src/adapters/server/process-table.ts";
import { type ServerProcess, startProcess } from "../../../src/adapters/server/server-process.ts";
import { isAlive, launchOf, scratchFile } from "./servers.ts";

const program = "console.log('up'); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";

/** A process noted in a state file, as a run leaves it that dies before it can stop it. */
async function leftBehind(change: (noted: NotedServer) => object = (noted) => noted) {
  const log = createLogTail();
  const words = [process.execPath, "-e", program] as const;
  const server = await startProcess({
    boot: `boot-${Math.random()}`,
    key: "server.command",
    words,
    environment: {},
    cwd: undefined,
    log,
  });
  while (log.lines().length === 0) await new Promise((resolve) => setImmediate(resolve));
  const stateFile = scratchFile("servers.json");
  openStateFile(stateFile).put({ ...server.processes, command: "the server", stopTimeoutMs: 50 });
  const noted = JSON.parse(readFileSync(stateFile, "utf8")).servers[0] as NotedServer;
  writeFileSync(stateFile, JSON.stringify({ servers: [change({ ...noted, owner: { pid: 1, startTicks: -1 } })] }));
  return { server, stateFile, pid: server.processes.leader };
}

type NotedServer = Readonly<Record<string, unknown>> & { readonly leaderStartTicks: number };

async function end(server: ServerProcess): Promise<void> {
  expect(await server.stop(0)).toEqual([]);
}

test("a server whose run is dead is ended, named, and forgotten", async () => {
  const { stateFile, pid, server } = await leftBehind();
  expect(await stopLeftovers(stateFile)).toEqual(["the server"]);
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(stateFile)).toBe(false);
  await end(server);
});

test("a server noted before its pid was known is found by its environment", async () => {
  const { stateFile, pid, server } = await leftBehind(
    ({ leader: _leader, leaderStartTicks: _ticks, ...noted }) => noted,
  );
  expect(await stopLeftovers(stateFile)).toEqual(["the server"]);
  expect(isAlive(pid)).toBe(false);
  await end(server);
});

test("a server whose run still lives is left alone, unless that run is known to be over", async () => {
  const owner = { pid: process.pid, startTicks: readProcess(process.pid)?.startTicks };
  const { stateFile, pid, server } = await leftBehind((noted) => ({ ...noted, owner }));
  expect(await stopLeftovers(stateFile)).toEqual([]);
  expect(isAlive(pid)).toBe(true);
  expect(await stopLeftovers(stateFile, { force: true })).toEqual(["the server"]);
  expect(isAlive(pid)).toBe(false);
  await end(server);
});

test.each([
  ["was started at another time", (noted: NotedServer) => ({ ...noted, leaderStartTicks: noted.leaderStartTicks - 1 })],
  ["was noted before the machine was restarted", (noted: NotedServer) => ({ ...noted, machineBoot: "another" })],
])("a process that has the pid but %s is never touched", async (_why, change) => {
  const { stateFile, pid, server } = await leftBehind((noted) => ({ ...change(noted), boot: "other" }));
  expect(await stopLeftovers(stateFile)).toEqual([]);
  expect(isAlive(pid)).toBe(true);
  expect(existsSync(stateFile)).toBe(false);
  await end(server);
});

test("the next run ends what an earlier one left before it starts its own, and says so", async () => {
  const { stateFile, pid, server } = await leftBehind();
  const notes: string[] = [];
  const launcher = createServerLauncher({ clock: systemClock(), stateFile, onNote: (text) => notes.push(text) });
  const next = await launcher.start(launchOf([]), { signal: new AbortController().signal });
  expect(notes).toEqual(["stopped a server that an earlier run left: the server"]);
  expect(isAlive(pid)).toBe(false);
  await next.stop();
  await end(server);
});

test("no note is nothing to do, a broken one is named", async () => {
  const stateFile = scratchFile("servers.json");
  expect(await stopLeftovers(stateFile)).toEqual([]);
  writeFileSync(stateFile, "{ half");
  await expect(stopLeftovers(stateFile)).rejects.toThrow(`${stateFile}, the note of running servers, is not JSON`);
});

test("runs side by side do not write each other's draft", () => {
  const stateFile = scratchFile("servers.json");
  writeFileSync(`${stateFile}.new`, "of another run");
  const note = openStateFile(stateFile);
  note.put({ boot: "b", command: "c", stopTimeoutMs: 1 });
  note.put({ boot: "d", command: "c", stopTimeoutMs: 1 });
  expect(readdirSync(dirname(stateFile)).sort()).toEqual(["servers.json", "servers.json.new"]);
  expect(readFileSync(`${stateFile}.new`, "utf8")).toBe("of another run");
});

test("a note that cannot be written is a fault of the machine, with the path", () => {
  const file = scratchFile("file");
  writeFileSync(file, "");
  const put = () => openStateFile(`${file}/servers.json`).put({ boot: "b", command: "c", stopTimeoutMs: 1 });
  expect(put).toThrow(`${file}/servers.json`);
});

/** A program of its own that starts the process, says its pid, and then does as told; it has no time to stop anything. */
async function programThatStarts(ending: string): Promise<{ readonly pid: number; readonly stateFile: string }> {
  const stateFile = scratchFile("servers.json");
  const folder = fileURLToPath(new URL("../../../src/adapters/server/", import.meta.url));
  const contents = `
    import { openStateFile } from "./leftovers.ts";
    import { createLogTail } from "./log-tail.ts";
    import { startProcess } from "./server-process.ts";
    const words = [process.execPath, "-e", "setInterval(() => {}, 1000)"];
    const server = await startProcess({ boot: "b", words, environment: {}, cwd: undefined, log: createLogTail() });
    openStateFile(process.argv[2]).put({ ...server.processes, command: "the server", stopTimeoutMs: 1000 });
    process.stdout.write(String(server.processes.leader), () => { ${ending} });`;
  const outfile = scratchFile("program.mjs");
  buildSync({ stdin: { contents, resolveDir: folder }, bundle: true, platform: "node", format: "esm", outfile });
  const child = spawn(process.execPath, [outfile, stateFile], { stdio: ["ignore", "pipe", "inherit"] });
  const said = new Promise<string>((resolve) => child.stdout.once("data", (text) => resolve(`${text}`)));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const pid = Number(await said);
  await ended;
  return { pid, stateFile };
}

test("a program that ends without stopping its server takes it along", async () => {
  const { pid } = await programThatStarts("process.exit(1)");
  expect(isAlive(pid)).toBe(false);
});

test("the server of a program that was killed is ended by the next", async () => {
  const { pid, stateFile } = await programThatStarts("process.kill(process.pid, 'SIGKILL')");
  expect(isAlive(pid)).toBe(true);
  expect(await stopLeftovers(stateFile)).toEqual(["the server"]);
  expect(isAlive(pid)).toBe(false);
});
