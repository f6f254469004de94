import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { inputDefaults, readActionInputs } from "../../src/entry/action-inputs.ts";

interface ActionFile {
  readonly inputs: Record<string, { description: string; default: string; required: boolean }>;
  readonly outputs: Record<string, { description: string }>;
  readonly runs: { using: string; main: string; post: string };
  readonly branding: { icon: string; color: string };
}
const action = parse(readFileSync(new URL("../../action.yml", import.meta.url), "utf8")) as ActionFile;

describe("action.yml", () => {
  test("declares what the code reads, with the same defaults", () => {
    expect(
      Object.fromEntries(Object.entries(action.inputs).map(([name, { default: value }]) => [name, value])),
    ).toEqual(inputDefaults);
  });

  test("describes every input and output", () => {
    for (const { description } of [...Object.values(action.inputs), ...Object.values(action.outputs)]) {
      expect(description.length).toBeGreaterThan(30);
    }
  });

  test("names the outputs of the contract", () => {
    expect(Object.keys(action.outputs)).toEqual([
      "verdict",
      "regressions",
      "report-path",
      "results-path",
      "comparison-path",
      "comment-url",
    ]);
  });

  test("runs on Node 24, and cleans up after every end", () => {
    expect(action.runs).toEqual({ using: "node24", main: "dist/action.js", post: "dist/action-post.js" });
  });

  test("has the face the marketplace asks for", () => {
    expect(action.branding).toEqual({ icon: expect.any(String), color: expect.any(String) });
  });
});

describe("inputs", () => {
  test("have the defaults where the runner sets nothing", () => {
    expect(readActionInputs({})).toEqual({
      ok: true,
      inputs: {
        config: ".github/serving-gate.yml",
        mode: "auto",
        githubToken: "",
        comment: true,
        commentKey: "default",
        commentAuthor: "github-actions[bot]",
      },
    });
  });

  test("are read by the names the runner gives them", () => {
    const env = {
      INPUT_CONFIG: "gate.yml",
      INPUT_MODE: "gate",
      INPUT_LANGUAGE: "both",
      "INPUT_GITHUB-TOKEN": "t",
      INPUT_COMMENT: "False",
      "INPUT_COMMENT-KEY": "llama",
      "INPUT_COMMENT-AUTHOR": "robot",
      INPUT_RESULTS: "results.json",
    };
    expect(readActionInputs(env)).toEqual({
      ok: true,
      inputs: {
        config: "gate.yml",
        mode: "gate",
        language: "both",
        githubToken: "t",
        comment: false,
        commentKey: "llama",
        commentAuthor: "robot",
        results: "results.json",
      },
    });
  });

  test.each([["ghp_two\nlines"], ["ghp_two words"], ["ghp_\u0001"], ["ghp_ключ"]])(
    "refuse the token %j, which could not be sent, without showing it",
    (token) => {
      const read = readActionInputs({ "INPUT_GITHUB-TOKEN": token });
      expect(read).toMatchObject({ ok: false, problems: [{ path: "github-token" }] });
      expect(JSON.stringify(read)).not.toContain("ghp_");
    },
  );

  test("tell every problem at once, with what was found and what was expected", () => {
    const env = { INPUT_MODE: "measure", INPUT_LANGUAGE: "fr", INPUT_COMMENT: "maybe", "INPUT_COMMENT-KEY": "a --> b" };
    expect(readActionInputs(env)).toEqual({
      ok: false,
      problems: [
        { path: "mode", message: 'is "measure"; expected one of auto, record, gate' },
        { path: "language", message: 'is "fr"; expected one of en, ru, both' },
        { path: "comment", message: 'is "maybe"; expected one of true, false' },
        { path: "comment-key", message: 'is "a --> b"; expected letters, digits, dots, dashes and underscores only' },
      ],
    });
  });
});
