import type { Backend, ServerConfig } from "../model/config.ts";
import { args, buildCommand, command } from "./command.ts";
import { type Place, quoted, refuse } from "./place.ts";
import { duration } from "./quantities.ts";
import {
  type Fields,
  listOf,
  mapping,
  oneOf,
  openMapping,
  plainRecord,
  present,
  text,
  wholeNumber,
} from "./readers.ts";

const backends: readonly Backend[] = ["auto", "vllm", "sglang", "llama-cpp", "ollama", "openai"];

const environment = mapping(
  {
    pass: listOf(passedName, "a list of variable names, such as [HF_TOKEN]"),
    set: openMapping(setVariable, "a mapping of variables, such as { CUDA_VISIBLE_DEVICES: 0 }"),
  },
  { expected: "a mapping with pass and set" },
);

/** Keys of `server:`, which a phase may have as well. */
export const serverKeys = {
  command,
  "base-command": command,
  build: buildCommand,
  url: serverUrl,
  backend: oneOf(backends),
  "ready-timeout": duration,
  "stop-timeout": duration,
  "request-timeout": duration,
  "client-threads": wholeNumber("the number of threads that send a workload", { min: 0, max: 64 }),
  "health-path": healthPath,
  "api-key-env": apiKeyVariable,
  args,
  env: environment,
  cwd: text("the folder to start the server in"),
  "gpu-memory-free-mib": wholeNumber("the GPU memory in MiB that may be in use when a server starts", {
    min: 1,
    max: 10_000_000,
  }),
};
export type ServerFields = Fields<typeof serverKeys>;

export const serverSection = mapping(serverKeys, { expected: "a mapping with command or url" });

export const serverDefaults: ServerConfig = {
  backend: "auto",
  readyTimeoutMs: 300_000,
  stopTimeoutMs: 10_000,
  requestTimeoutMs: 600_000,
  args: [],
  passEnv: [],
  setEnv: plainRecord<string>([]),
};

/** A server with what was written laid over it. Variables add up; every other key replaces the one below. */
export function overlaidServer(below: ServerConfig, fields: ServerFields): ServerConfig {
  const { env } = fields;
  return {
    ...below,
    ...present({
      command: fields.command,
      baseCommand: fields["base-command"],
      build: fields.build,
      url: fields.url,
      backend: fields.backend,
      readyTimeoutMs: fields["ready-timeout"],
      stopTimeoutMs: fields["stop-timeout"],
      requestTimeoutMs: fields["request-timeout"],
      clientThreads: fields["client-threads"],
      healthPath: fields["health-path"],
      apiKeyEnv: fields["api-key-env"],
      args: fields.args,
      cwd: fields.cwd,
      gpuMemoryFreeMiB: fields["gpu-memory-free-mib"],
    }),
    passEnv: [...new Set([...below.passEnv, ...(env?.pass ?? [])])],
    setEnv: plainRecord([...Object.entries(below.setEnv), ...(env?.set ?? [])]),
  };
}

/** An http(s) URL with no user, password, query or fragment; a slash at its end is dropped. */
export function parseServerUrl(url: string): string | undefined {
  const [, host, port] = /^https?:\/\/([\w.-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?(?:\/[^\s?#@]*)?$/i.exec(url) ?? [];
  if (host === undefined || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))) return undefined;
  return url.replace(/\/+$/, "");
}

const urlForm = "an http or https URL with a port from 1 to 65535 if any, such as http://127.0.0.1:8000";

function serverUrl(place: Place): string | undefined {
  const value = text(urlForm)(place);
  if (value === undefined) return undefined;
  const url = parseServerUrl(value.trim());
  if (url !== undefined) return url;
  // Never shown: the log of a run is public where the repository is.
  if (value.includes("@")) return refuse(place, `holds a user name or password; expected ${urlForm}, without them`);
  return refuse(place, `is ${quoted(value)}; expected ${urlForm}`);
}

function healthPath(place: Place): string | undefined {
  const expected = "a path that begins with a slash, such as /health";
  const value = text(expected)(place);
  if (value === undefined || /^\/[^\s#]*$/.test(value)) return value;
  return refuse(place, `is ${quoted(value)}; expected ${expected}`);
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A variable of ours that the server may see.
 *
 * The server is the pull request's own code. What the runner keeps for actions (INPUT_*, ACTIONS_*) and the repository's
 * token are of no use to it and would let it act as the repository, so they cannot be passed even by name. Other
 * GITHUB_* and RUNNER_* names say where the job runs and hold no secret.
 */
function passedName(place: Place): string | undefined {
  const value = variableNameAt(place);
  if (value === undefined || !/^(INPUT_.*|ACTIONS_.*|GITHUB_TOKEN|GH_TOKEN)$/i.test(value)) return value;
  return refuse(
    place,
    `is "${value}", which the code under test must not see; give it a token of its own under another name`,
  );
}

/** What was written is never shown: it may be the token itself. */
function apiKeyVariable(place: Place): string | undefined {
  const expected = "expected one such as OPENAI_API_KEY that holds the token";
  const { node } = place;
  if (node.kind === "scalar" && typeof node.value === "string" && variableName.test(node.value)) return node.value;
  return refuse(place, `is no name of an environment variable; ${expected}`);
}

function variableNameAt(place: Place): string | undefined {
  const expected = "the name of an environment variable, such as HF_TOKEN";
  const value = text(expected)(place);
  if (value === undefined || variableName.test(value)) return value;
  return refuse(place, `is ${quoted(value)}; expected ${expected}`);
}

/** The value is never shown in a message. */
function setVariable(key: string, place: Place): string | undefined {
  if (!variableName.test(key)) return refuse(place, "is not the name of a variable; expected letters, digits and _");
  const { node } = place;
  if (node.kind === "scalar" && node.value === "") return "";
  if (node.kind !== "scalar" || node.value === null) return refuse(place, "has no value; expected text or a number");
  return text("text or a number")(place);
}
