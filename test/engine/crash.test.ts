/** The engine as a process of its own: how it starts, dies and stops. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "@jest/globals";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const started: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** Starts `serve` and waits for the line that tells where it listens. */
async function serve(...flags: readonly string[]) {
  const child = spawn(process.execPath, [cli, "serve", "--port", "0", ...flags]);
  started.push(child);
  const exited: Promise<unknown[]> = once(child, "exit");
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, exited, line, log: () => log, url: line.replace("listening on ", "") };
}

function stream(url: string, maxTokens: number): Promise<Response> {
  const body = JSON.stringify({ prompt: "Once upon a time", max_tokens: maxTokens, stream: true });
  return fetch(`${url}/v1/completions`, { method: "POST", body });
}

test("it says where it listens, and --crash-after ends it in the middle of that answer", async () => {
  const { url, line, exited, log } = await serve("--time-scale", "0.1", "--crash-after", "2");
  expect(line).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await stream(url, 5)).text()).toContain("[DONE]");
  const cut = await stream(url, 50);
  await expect(cut.text()).rejects.toThrow();
  expect(await exited).toEqual([1, null]);
  expect(log().trimEnd().split("\n").at(-1)).toBe("fatal: simulated crash in request 2 (--crash-after 2)");
});

test("SIGTERM stops it in the middle of an answer", async () => {
  const { child, url, exited } = await serve();
  const open = await stream(url, 4000);
  child.kill("SIGTERM");
  await expect(open.text()).rejects.toThrow();
  await exited;
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});
