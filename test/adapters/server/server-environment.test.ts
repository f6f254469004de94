import { expect, test } from "@jest/globals";
import { serverEnvironment } from "../../../src/adapters/server/server-environment.ts";

const nothing = { pass: [], set: {} };

test.each([
  "INPUT_GITHUB-TOKEN",
  "ACTIONS_RUNTIME_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_URL",
  "GITHUB_TOKEN",
  "GITHUB_EVENT_PATH",
  "STATE_server",
  "RUNNER_TEMP",
  "GH_TOKEN",
  "HF_TOKEN",
  "NPM_TOKEN",
  "NODE_AUTH_TOKEN",
  "AWS_SECRET_ACCESS_KEY",
  "OPENAI_API_KEY",
  "PGPASSWORD_FILE_PASSWORD",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "SSH_AUTH_SOCK",
])("a server does not see %s", (name) => {
  expect(serverEnvironment({ [name]: "ours" }, nothing)).toEqual({});
});

test.each([
  "PATH",
  "HOME",
  "CUDA_VISIBLE_DEVICES",
  "LD_LIBRARY_PATH",
  "HF_HOME",
  "NODE_OPTIONS",
  "TOKENIZERS_PARALLELISM",
  "VLLM_LOGGING_LEVEL",
  "RUNNER_TRACKING_ID",
])("a server sees %s", (name) => {
  expect(serverEnvironment({ [name]: "ours" }, nothing)).toEqual({ [name]: "ours" });
});

test("a variable passed by name wins over the rules", () => {
  const ours = { HF_TOKEN: "hf", GITHUB_SHA: "abc", GITHUB_TOKEN: "ours" };
  expect(serverEnvironment(ours, { pass: ["HF_TOKEN", "GITHUB_SHA"], set: {} })).toEqual({
    HF_TOKEN: "hf",
    GITHUB_SHA: "abc",
  });
});

test("a token does not come in under another name, unless that is passed", () => {
  const ours = { "INPUT_GITHUB-TOKEN": "ghs_0123456789", MY_GIT: "ghs_0123456789", MODE: "fast", API_KEY: "fast" };
  expect(serverEnvironment(ours, nothing)).toEqual({ MODE: "fast" });
  expect(serverEnvironment(ours, { pass: ["MY_GIT"], set: {} })).toEqual({ MODE: "fast", MY_GIT: "ghs_0123456789" });
});

test("a variable that is set wins over ours, and one passed that we lack is left out", () => {
  expect(serverEnvironment({ MODE: "ours" }, { pass: ["ABSENT"], set: { MODE: "theirs" } })).toEqual({
    MODE: "theirs",
  });
});
