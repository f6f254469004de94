import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Comparison } from "../../src/core/model/comparison.ts";
import { type CliRun, runCli } from "../fakes/cli.ts";

/** What a user has who copied only what is needed to run: no sources, no node_modules. */
const shipped = ["dist", "templates", "action.yml", "package.json"];
const minutesEnough = 240_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "demo-"));
  for (const name of shipped) await cp(name, join(folder, name), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const demo = (...args: readonly string[]): Promise<CliRun> =>
  runCli(["demo", ...args], { cwd: folder, cli: join(folder, "dist", "cli.js") });
const comparison = async (out: string) =>
  JSON.parse(await readFile(join(folder, out, "comparison.json"), "utf8")) as Comparison;

test(
  "the demo runs from what is shipped, passes, and leaves every report in both languages",
  async () => {
    const { code, stdout, stderr } = await demo();
    expect({ code, crashed: /\n\s+at /.test(stderr) }).toEqual({ code: 0, crashed: false });
    expect(await readdir(join(folder, "serving-gate-demo"))).toEqual(
      expect.arrayContaining([
        ...["comment.en.md", "comment.ru.md", "serving-log.en.md", "serving-log.ru.md"],
        ...["results.json", "comparison.json"],
      ]),
    );
    expect(await comparison("serving-gate-demo")).toMatchObject({ verdict: "pass", baselineRuns: 5 });
    expect(stdout).toContain("serving-gate-demo/comment.en.md");
  },
  minutesEnough,
);

test(
  "a candidate that decodes 15 % slower fails, and its comment says what, by how much, and what to do",
  async () => {
    const { code } = await demo("--regress", "itl=15%", "--language", "en", "--out", "slower");
    expect(code).toBe(1);
    const { verdict, cells } = await comparison("slower");
    expect(verdict).toBe("fail");
    const slower = cells.map(({ metrics }) => metrics.find(({ metric }) => metric === "itl_p50"));
    expect(slower.map((row) => row?.finding)).toEqual(Array(5).fill("regressed"));
    const comment = await readFile(join(folder, "slower", "comment.en.md"), "utf8");
    expect(comment).toMatch(/^### ❌ .*ITL P50 .* ms \(\+1\d%\)\n\*\*Merge blocked/);
    expect(comment).toMatch(/\*\*What to do:\*\* reproduce: `node .*run -c slower\/serving-gate\.yml --phase paged/);
    expect(await readdir(join(folder, "slower"))).not.toContain("comment.ru.md");
  },
  minutesEnough,
);
