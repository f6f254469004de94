/** Servers that somebody wrote over a weekend: what they lack is coped with, and said. Measured by the bundled CLI. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import type { ResultsFile } from "../../src/core/model/results.ts";
import { runCli } from "../fakes/cli.ts";
import { delta, done, event, openStream, scriptedServer, type Visit } from "../fakes/scripted-server.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "home-made-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const workload = {
  ...{ name: "short", requests: 6, warmup: 1, "prompt-tokens": 32, "output-tokens": 4 },
  arrivals: { process: "concurrency", concurrency: 2 },
};

/** What the CLI makes of a server whose answers are these. */
async function measured(answer: (visit: Visit) => void | Promise<void>, model?: string) {
  const server = await scriptedServer(answer);
  cleanups.push(server.close);
  const config = join(folder, "gate.yml");
  const models = model === undefined ? {} : { models: [{ id: model }] };
  await writeFile(config, stringify({ server: { url: server.url }, workloads: [workload], trials: 1, ...models }));
  const ran = await runCli(["run", "-c", config, "-o", join(folder, "results.json")], { cwd: folder });
  expect(ran).toMatchObject({ code: 0 });
  const results = JSON.parse(await readFile(join(folder, "results.json"), "utf8")) as ResultsFile;
  const [cell] = results.cells;
  const [trial] = cell?.trials ?? [];
  // Each request is asked for once, in the way that was found before: what was refused came earlier.
  const asked = server.received.filter(({ method }) => method === "POST").slice(-workload.requests);
  return { ran, cell, trial, asked };
}
const notFound = ({ response }: Visit) =>
  void response.writeHead(404, { "content-type": "text/html" }).end("<h1>Not Found</h1>");
const json = ({ response }: Visit, status: number, body: unknown) =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

/** Tokens in writes of their own; `last` is what the finish chunk brings, `end` what follows it. */
async function stream({ response, body }: Visit, last: object, end: string): Promise<void> {
  const tokens = Number(body?.["max_tokens"]);
  const open = openStream(response);
  for (let token = 0; token < tokens; token += 1) await open.write(delta(` ${token}`));
  await open.write(event({ choices: [{ index: 0, delta: {}, finish_reason: "length" }], ...last }) + end);
  open.end();
}

/** As a FastAPI model with `extra = "forbid"` does. */
const knownFields = ["model", "messages", "stream", "max_tokens", "temperature"];
function refusesUnknown(visit: Visit): boolean {
  const unknown = Object.keys(visit.body ?? {}).filter((field) => !knownFields.includes(field));
  if (unknown.length === 0) return false;
  const detail = unknown.map((field) => ({ type: "extra_forbidden", loc: ["body", field], msg: "not permitted" }));
  json(visit, 422, { detail });
  return true;
}

describe("a strict one, with usage on its finish chunk, no [DONE], no /health and an empty list of models", () => {
  const answer = (visit: Visit) => {
    if (visit.path === "/v1/models") return json(visit, 200, { object: "list", data: [] });
    if (visit.method === "GET") return notFound(visit);
    if (refusesUnknown(visit)) return undefined;
    const usage = { prompt_tokens: 40, completion_tokens: Number(visit.body?.["max_tokens"]) };
    return stream(visit, { usage }, "");
  };

  test("is measured to its length, with the tokens it counts itself", async () => {
    const { trial, cell, asked } = await measured(answer);
    expect(cell).toMatchObject({ model: "default", server: { backend: "openai" } });
    expect(trial).toMatchObject({ tokenSource: "usage", counts: { requests: 6, failed: 0, outputTokens: 24 } });
    expect(trial).not.toHaveProperty("serverMetrics");
    expect(asked.flatMap(({ body }) => Object.keys(body ?? {}))).toEqual(Array(6).fill(knownFields).flat());
  });

  test("is told what it could not be asked for, and only that", async () => {
    const { ran, trial } = await measured(answer, "mine");
    expect(trial?.warnings?.filter((warning) => warning.includes("refused"))).toEqual([
      expect.stringMatching(/^fields for a fixed answer length are refused \(HTTP 422: .*\): answers may end early$/),
    ]);
    expect(ran.stderr).not.toContain("is asked for");
  });
});

test("one without usage, and without any page of its own, has its chunks counted, and that is said", async () => {
  const { trial, ran } = await measured((visit) =>
    visit.path === "/v1/chat/completions" ? stream(visit, {}, done) : notFound(visit),
  );
  expect(ran.stderr).toContain('"default" is asked for');
  expect(trial).toMatchObject({ tokenSource: "chunks", counts: { failed: 0, outputTokens: 24 } });
  const said = (trial?.warnings ?? []).join("\n");
  expect(said).toContain("the server reports no usage");
  expect(said).toContain("prompt lengths are not calibrated");
});

test("one that answers every page with the same 200 is taken for nothing else", async () => {
  const { cell, trial } = await measured((visit) =>
    visit.method === "POST" && visit.path === "/v1/chat/completions"
      ? stream(visit, {}, done)
      : void visit.response.end("<html>Hello</html>"),
  );
  expect(cell?.server).toMatchObject({ backend: "openai" });
  expect(trial).toMatchObject({ counts: { failed: 0, requests: 6 } });
});

test("one that only knows text completions is measured on them", async () => {
  const { trial, asked } = await measured((visit) => {
    if (visit.path !== "/v1/completions") return json(visit, 405, { detail: "Method Not Allowed" });
    const { response } = visit;
    // Lines without blank lines between them, as a bare `print` makes.
    const word = (text: string, reason: string | null) =>
      `data: ${JSON.stringify({ choices: [{ text, finish_reason: reason }] })}\n`;
    response.writeHead(200, { "content-type": "text/plain" });
    response.end(word("a", null) + word(" b", null) + word(" c", null) + word(" d", "stop"));
    return undefined;
  });
  expect(new Set(asked.map(({ path }) => path))).toEqual(new Set(["/v1/completions"]));
  expect(trial).toMatchObject({ counts: { failed: 0, outputTokens: 24 } });
  expect((trial?.warnings ?? []).join("\n")).toContain("/v1/completions is measured");
});
