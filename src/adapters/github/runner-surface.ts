import { stat } from "node:fs/promises";
import { error, notice, setOutput, setSecret, summary, warning } from "@actions/core";
import type { Published, RunnerSurface } from "../../gate/ports.ts";

/** The runner drops a whole summary that is larger: 1,024 KiB a step. */
const summaryBytes = 1024 * 1024;
/** Of one kind, in one step; the runner shows no more. */
const annotationsOfAKind = 10;
/** The runner cuts a message there. */
const annotationCharacters = 4096;

/** The job's own page: summary, annotations and outputs, by the runner's files and commands. */
export function runnerSurface({ summaryPath }: { readonly summaryPath: string | undefined }): RunnerSurface {
  const emit = { error, warning, notice };
  const shown = { error: 0, warning: 0, notice: 0 };
  return {
    summary: (markdown) => appendSummary(summaryPath, `${markdown.trimEnd()}\n\n`),
    annotate: (level, message, title) => {
      shown[level] += 1;
      if (shown[level] > annotationsOfAKind) return;
      emit[level](shortened(message), title === undefined ? {} : { title });
    },
    output: (name, value) => setOutput(name, value),
  };
}

async function appendSummary(path: string | undefined, markdown: string): Promise<Published> {
  if (!path) return { kind: "declined", reason: "this runner has no job summary" };
  try {
    const bytes = (await stat(path)).size + Buffer.byteLength(markdown);
    if (bytes > summaryBytes) {
      return { kind: "failed", reason: `the job summary would have ${bytes} bytes; GitHub shows ${summaryBytes}` };
    }
    await summary.addRaw(markdown).write();
    return { kind: "published" };
  } catch (cause) {
    return { kind: "failed", reason: `the job summary cannot be written: ${String(cause)}` };
  }
}

/** Keeps the token out of the log, whoever prints it. */
export function hideFromLog(secret: string): void {
  if (secret !== "") setSecret(secret);
}

function shortened(message: string): string {
  return message.length <= annotationCharacters ? message : `${message.slice(0, annotationCharacters - 1)}…`;
}
