/** What GitHub says about this run, read once from the event file and the GITHUB_* variables. */
import { GateError } from "../../core/model/gate-error.ts";

export interface RunContext {
  readonly owner: string;
  readonly repo: string;
  /** Empty where the runner does not tell. */
  readonly runId: string;
  readonly apiUrl: string;
  /** `main`; absent where the event does not tell. */
  readonly defaultBranch?: string;
  readonly trigger: Trigger;
}

export type Trigger =
  | {
      readonly kind: "pull-request";
      readonly number: number;
      /** Of the branch, not of the merge commit that is checked out. */
      readonly headSha: string;
      readonly baseRef?: string;
      readonly baseSha?: string;
      readonly fork: boolean;
    }
  /** Runs with the base's secrets on code that the pull request may have checked out. */
  | { readonly kind: "pull-request-target" }
  | (BranchTrigger & { readonly kind: "push" })
  | (BranchTrigger & { readonly kind: "other"; readonly event: string });

interface BranchTrigger {
  /** `refs/heads/main` */
  readonly ref: string;
  readonly sha: string;
}

type Variables = Readonly<Record<string, string | undefined>>;
type Json = Readonly<Record<string, unknown>>;

/** `eventText` is the content of the file at GITHUB_EVENT_PATH. */
export function readRunContext(env: Variables, eventText: string): RunContext {
  const [owner, repo, ...rest] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
  if (!owner || !repo || rest.length > 0) {
    throw new GateError(
      "config",
      `github: GITHUB_REPOSITORY is "${env["GITHUB_REPOSITORY"] ?? ""}"; expected owner/name. ` +
        "The action runs inside GitHub Actions; elsewhere use the command line, `serving-gate run` and `compare`.",
    );
  }
  const event = parseEvent(env, eventText);
  const repository = asObject(event["repository"]);
  const defaultBranch = text(repository["default_branch"]) ?? text(repository["master_branch"]);
  return {
    owner,
    repo,
    runId: /^\d+$/.exec(env["GITHUB_RUN_ID"] ?? "")?.[0] ?? "",
    apiUrl: (env["GITHUB_API_URL"] || "https://api.github.com").replace(/\/+$/, ""),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    trigger: readTrigger(env, event),
  };
}

function parseEvent(env: Variables, text: string): Json {
  if (text.trim() === "") return {};
  try {
    return asObject(JSON.parse(text));
  } catch (cause) {
    const path = env["GITHUB_EVENT_PATH"] ?? "";
    throw new GateError(
      "host",
      `github: the event file ${path} is not JSON; the runner writes it, so start the job anew`,
      {
        cause,
      },
    );
  }
}

function readTrigger(env: Variables, event: Json): Trigger {
  const name = env["GITHUB_EVENT_NAME"] ?? "";
  if (name === "pull_request_target") return { kind: "pull-request-target" };
  if (name === "pull_request") return readPullRequest(env, event);
  const branch = { ref: env["GITHUB_REF"] || (text(event["ref"]) ?? ""), sha: env["GITHUB_SHA"] ?? "" };
  return name === "push" ? { kind: "push", ...branch } : { kind: "other", event: name, ...branch };
}

function readPullRequest(env: Variables, event: Json): Trigger {
  const pull = asObject(event["pull_request"]);
  const head = asObject(pull["head"]);
  const base = asObject(pull["base"]);
  const fromRef = Number(/^refs\/pull\/(\d+)\//.exec(env["GITHUB_REF"] ?? "")?.[1]);
  const number = wholeNumber(pull["number"]) ?? wholeNumber(event["number"]) ?? wholeNumber(fromRef);
  if (number === undefined) {
    throw new GateError(
      "host",
      `github: the event is pull_request, but its file ${env["GITHUB_EVENT_PATH"] ?? ""} names no pull request; start the job anew`,
    );
  }
  const baseRef = text(base["ref"]) ?? (env["GITHUB_BASE_REF"] || undefined);
  const baseSha = text(base["sha"]);
  return {
    kind: "pull-request",
    number,
    headSha: text(head["sha"]) ?? env["GITHUB_SHA"] ?? "",
    ...(baseRef === undefined ? {} : { baseRef }),
    ...(baseSha === undefined ? {} : { baseSha }),
    fork: isFork(head, base),
  };
}

/** A head repository that is null has been deleted: it was a fork. */
function isFork(head: Json, base: Json): boolean {
  if (head["repo"] === null) return true;
  const from = text(asObject(head["repo"])["full_name"]);
  const into = text(asObject(base["repo"])["full_name"]);
  return from !== undefined && into !== undefined && from !== into;
}

function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
