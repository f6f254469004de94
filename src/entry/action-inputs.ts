import type { ReportLanguage } from "../core/model/config.ts";
import type { Problem } from "../core/model/gate-error.ts";
import { commentKeyPattern } from "../core/report/comment-marker.ts";

/** The inputs of action.yml, checked. */
export interface ActionInputs {
  /** Path of the config, from the workspace. */
  readonly config: string;
  readonly mode: (typeof modes)[number];
  /** Absent: the config's `report.language`. */
  readonly language?: ReportLanguage;
  /** Empty: nothing is posted. */
  readonly githubToken: string;
  readonly comment: boolean;
  readonly commentKey: string;
  /** Login under which our comments appear. */
  readonly commentAuthor: string;
  /** Path of a results file to gate instead of measuring. */
  readonly results?: string;
}

export type ReadInputs =
  | { readonly ok: true; readonly inputs: ActionInputs }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const modes = ["auto", "record", "gate"] as const;
const languages = ["en", "ru", "both"] as const;

/** What an input is where the workflow says nothing; action.yml states the same, and a test holds the two together. */
export const inputDefaults = {
  config: ".github/serving-gate.yml",
  mode: "auto",
  language: "",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of workflows, filled in by the runner.
  "github-token": "${{ github.token }}",
  comment: "true",
  "comment-key": "default",
  "comment-author": "github-actions[bot]",
  results: "",
} as const;

/** Reads every input once, from the variables that the runner sets: `INPUT_` and the name in upper case. */
export function readActionInputs(env: Readonly<Record<string, string | undefined>>): ReadInputs {
  const problems: Problem[] = [];
  const given = (name: keyof typeof inputDefaults) => (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
  const orDefault = (name: keyof typeof inputDefaults) => given(name) || inputDefaults[name];
  const oneOf = <T extends string>(name: keyof typeof inputDefaults, value: string, allowed: readonly T[]) => {
    const found = allowed.find((each) => each === value);
    if (found === undefined) problems.push(expected(name, value, `one of ${allowed.join(", ")}`));
    return found;
  };
  const mode = oneOf("mode", orDefault("mode"), modes);
  const language = given("language") === "" ? undefined : oneOf("language", given("language"), languages);
  // As YAML writes them, which is what `comment: true` in a workflow becomes.
  const comment = oneOf("comment", orDefault("comment").toLowerCase(), ["true", "false"]);
  const commentKey = orDefault("comment-key");
  if (!commentKeyPattern.test(commentKey)) {
    problems.push(expected("comment-key", commentKey, "letters, digits, dots, dashes and underscores only"));
  }
  const githubToken = given("github-token");
  if (/[^!-~]/.test(githubToken)) problems.push({ path: "github-token", message: TOKEN_FAULT });
  if (mode === undefined || comment === undefined || problems.length > 0) return { ok: false, problems };
  const results = given("results");
  const inputs: ActionInputs = {
    config: orDefault("config"),
    mode,
    ...(language === undefined ? {} : { language }),
    githubToken,
    comment: comment === "true",
    commentKey,
    commentAuthor: orDefault("comment-author"),
    ...(results === "" ? {} : { results }),
  };
  return { ok: true, inputs };
}

/** Said without the token. It could not be sent, and what complains about a header quotes it. */
const TOKEN_FAULT = "holds white space or characters outside ASCII; expected a token as GitHub gave it, in one line";

function expected(path: string, found: string, what: string): Problem {
  return { path, message: `is "${found.slice(0, 80)}"; expected ${what}` };
}
