import { existsSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type GitServer, gitServer } from "./git-server.ts";
import {
  anytime,
  commit,
  environment,
  git,
  newRepository,
  type PullRequest,
  pullRequest,
  repositoryIn,
  scratchFolder,
  shallowCheckout,
} from "./repositories.ts";

const token = "ghs_verysecrettoken";
const encoded = Buffer.from(`x-access-token:${token}`).toString("base64");
const header = `AUTHORIZATION: basic ${encoded}`;

let server: GitServer;
let request: PullRequest;
const root = scratchFolder();
const address = (repository: string) => `${server.url}/${basename(repository)}`;

beforeAll(async () => {
  server = await gitServer(root, `basic ${encoded}`);
  const made = pullRequest();
  renameSync(made.upstream, join(root, "upstream"));
  request = { ...made, upstream: join(root, "upstream") };
});
afterAll(() => server.close());

const checkout = () => shallowCheckout(request.upstream, request.merge, address(request.upstream));
const baseIn = (folder: string, options: object) => repositoryIn(folder, options).base({ baseRef: "main" }, anytime);

test("the token lets git fetch from below the server's address, and stands on no command line", async () => {
  const found = await baseIn(checkout(), { token, serverUrl: server.url });
  expect(found).toEqual({ kind: "found", commit: { sha: request.main, how: "first-parent" } });
  expect(server.seen.at(-1)).toEqual([`basic ${encoded}`]);
  expect(server.commandLines.some((line) => line.includes("fetch"))).toBe(true);
  expect(server.commandLines.filter((line) => line.includes(token) || line.includes(encoded))).toEqual([]);
});

test.each([
  ["without a token", { serverUrl: "here" }],
  ["with the token of another server", { token, serverUrl: "https://github.com" }],
  ["with a token that was refused", { token: "ghs_anothersecret", serverUrl: "here" }],
])("%s the fetch is refused, nothing secret is sent or said", async (_how, { serverUrl, ...options }) => {
  const before = server.seen.length;
  const answer = await baseIn(checkout(), { ...options, serverUrl: serverUrl === "here" ? server.url : serverUrl });
  expect(answer).toEqual({
    kind: "missing",
    reason: expect.stringMatching(/origin does not give it \(.*\); .*persist-credentials: true/),
  });
  expect(JSON.stringify(answer)).not.toMatch(/secret|ghs_/);
  expect(server.seen.slice(before).flat().join()).not.toContain(encoded);
});

test("a password in the remote's address is not printed", async () => {
  const url = `http://user:hunter2@${server.url.slice("http://".length)}/upstream`;
  const folder = shallowCheckout(request.upstream, request.merge, url);
  const answer = await baseIn(folder, {});
  expect(answer.kind).toBe("missing");
  expect(JSON.stringify(answer)).not.toContain("hunter2");
});

test("where the checkout keeps credentials of its own, they are used alone", async () => {
  const folder = checkout();
  git(folder, "config", `http.${server.url}/.extraheader`, header);
  const found = await baseIn(folder, { token: "ghs_another", serverUrl: server.url });
  expect(found).toMatchObject({ kind: "found" });
  expect(server.seen.at(-1)).toEqual([`basic ${encoded}`]);
});

test.each(["a token", "the checkout's own credentials", "this machine's own credentials"])(
  "private submodules of the same server are fetched with %s, told once",
  async (whose) => {
    const library = newRepository(join(root, `library of ${whose}`.replaceAll(/\W/g, "-")));
    commit(library, { "lib.txt": "lib" });
    const folder = checkout();
    git(folder, "submodule", "--quiet", "add", `file://${library}`, "lib");
    const address = `git@${new URL(server.url).hostname}:${basename(library)}`;
    git(folder, "config", "--file", ".gitmodules", "submodule.lib.url", address);
    // As in a fresh checkout, which has only .gitmodules to go by.
    git(folder, "config", "--remove-section", "submodule.lib");
    const sha = commit(folder, { "a.txt": "a" });
    const key = `http.${server.url}/.extraheader`;
    if (whose.startsWith("the checkout")) git(folder, "config", key, header);
    const ofMachine = { GIT_CONFIG_COUNT: "2", GIT_CONFIG_KEY_1: key, GIT_CONFIG_VALUE_1: header };
    const repository = repositoryIn(folder, {
      serverUrl: server.url,
      ...(whose === "a token" ? { token } : {}),
      ...(whose.startsWith("this machine") ? { environment: { ...environment, ...ofMachine } } : {}),
    });
    const before = server.seen.length;
    const build = { sha, command: ["true"], server: { passEnv: [], setEnv: {} } };
    const { folder: tree } = await repository.built(build, anytime);
    expect(existsSync(join(tree, "lib", "lib.txt"))).toBe(true);
    expect(new Set(server.seen.slice(before).map((headers) => headers.length))).toEqual(new Set([1]));
  },
);
