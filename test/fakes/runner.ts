import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const action = parse(readFileSync(join(repository, "action.yml"), "utf8")) as {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: Readonly<Record<"main" | "post", string>>;
};

export interface Job extends Disposable {
  /** What was checked out: the step's working directory. */
  readonly workspace: string;
  /** RUNNER_TEMP. */
  readonly temp: string;
  /** HOME: where the default baseline store is. */
  readonly home: string;
  start(step: StepOptions): Step;
  run(step: StepOptions): Promise<StepEnd>;
  /** The post step, with the state that the last main step saved. */
  post(): Promise<StepEnd>;
}

export interface StepOptions {
  readonly event: string;
  readonly ref: string;
  readonly payload: object;
  readonly runId?: string;
  /** What the workflow writes under `with:`. */
  readonly inputs?: Readonly<Record<string, string>>;
}

interface Step {
  readonly process: ChildProcess;
  readonly ended: Promise<StepEnd>;
  /** The first match in the log, as soon as it is there; rejects when the step ends without it. */
  logged(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface StepEnd {
  readonly code: number | null;
  /** Both streams, as the log shows them. */
  readonly log: string;
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly string[];
}

/** One job on a runner: a workspace, the runner's files, and the action of this checkout run from dist as GitHub runs it. */
export function startJob(options: { readonly apiUrl: string; readonly token?: string }): Job {
  const root = mkdtempSync(join(tmpdir(), "runner-"));
  const [workspace, temp] = [join(root, "workspace"), join(root, "temp")];
  for (const folder of [workspace, temp]) mkdirSync(folder);
  const state = join(root, "state");
  const start = (part: "main" | "post", step: StepOptions): Step => {
    const files = { event: join(root, "event.json"), output: join(root, "output"), summary: join(root, "summary.md") };
    writeFileSync(files.event, JSON.stringify(step.payload));
    for (const path of [files.output, files.summary]) writeFileSync(path, "");
    const saved = part === "post" ? prefixed("STATE_", readPairs(state)) : {};
    if (part === "main") writeFileSync(state, "");
    const child = spawn(process.execPath, [join(repository, action.runs[part])], {
      cwd: workspace,
      env: {
        PATH: process.env["PATH"],
        HOME: root,
        TMPDIR: root,
        RUNNER_TEMP: temp,
        GITHUB_ACTIONS: "true",
        GITHUB_WORKSPACE: workspace,
        GITHUB_REPOSITORY: "o/r",
        GITHUB_RUN_ID: step.runId ?? "100",
        GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
        GITHUB_REF: step.ref,
        GITHUB_EVENT_NAME: step.event,
        GITHUB_EVENT_PATH: files.event,
        GITHUB_API_URL: options.apiUrl,
        GITHUB_OUTPUT: files.output,
        GITHUB_STATE: state,
        GITHUB_STEP_SUMMARY: files.summary,
        ...inputVariables(step.inputs ?? {}, options.token ?? "job"),
        ...saved,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return watched(child, files);
  };
  return {
    workspace,
    temp,
    home: root,
    start: (step) => start("main", step),
    run: (step) => start("main", step).ended,
    post: () => start("post", { event: "push", ref: "", payload: {} }).ended,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Every declared input is set, to its default where the workflow says nothing: upper case, spaces to `_`, dashes kept. */
function inputVariables(given: Readonly<Record<string, string>>, token: string): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => action.inputs[name] === undefined);
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(", ")}`);
  const values = Object.entries(action.inputs).map(([name, { default: value }]) => {
    const filledIn = value.replace(/\$\{\{ github\.token \}\}/, token);
    return [name.toUpperCase().replaceAll(" ", "_"), given[name] ?? filledIn] as const;
  });
  return prefixed("INPUT_", Object.fromEntries(values));
}

function watched(child: ChildProcess, files: { readonly output: string; readonly summary: string }): Step {
  let log = "";
  const readers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      for (const read of readers) read();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve)).then((code) => ({
    code,
    log,
    summary: readFileSync(files.summary, "utf8"),
    outputs: readPairs(files.output),
    annotations: annotationsIn(log),
  }));
  const logged = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const read = () => {
        const found = pattern.exec(log);
        if (found !== null) resolve(found);
      };
      readers.add(read);
      read();
      void ended.then((end) => reject(new Error(`ended without ${pattern} in its log:\n${end.log}`)));
    });
  return { process: child, ended, logged };
}

/** `NAME<<delimiter`, lines, `delimiter`. */
function readPairs(path: string): Record<string, string> {
  const pairs = readFileSync(path, "utf8").matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n?\2$/gm);
  return Object.fromEntries([...pairs].map(([, name = "", , value = ""]) => [name, value]));
}

/** `::error title=x::message`, unescaped to "error: message". */
function annotationsIn(log: string): readonly string[] {
  return [...log.matchAll(/^::(error|warning|notice)[^:\n]*::(.*)$/gm)].map(([, level = "", data = ""]) => {
    const message = data.replaceAll("%0A", "\n").replaceAll("%0D", "\r").replaceAll("%25", "%");
    return `${level}: ${message}`;
  });
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));
}
