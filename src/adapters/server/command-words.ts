import { GateError } from "../../core/model/gate-error.ts";

export interface CommandValues {
  /** Absent where the config names no model and the server chooses. */
  readonly model: string | undefined;
  readonly port: number;
  /** Whether the port is written in server.url; a port we found ourselves must reach the command. */
  readonly portIsGiven: boolean;
  readonly args: readonly string[];
}

/**
 * The words to start: {{model}} and {{port}} are filled in inside a word, the word {{args}} becomes the words of the
 * arguments. No value is ever split or read again, so none can become a second word or a placeholder.
 */
export function commandWords(template: readonly string[], values: CommandValues): readonly [string, ...string[]] {
  assertFits(template, values);
  const filled = template.flatMap((word) => (word === "{{args}}" ? values.args : [filledWord(word, values)]));
  const [program, ...rest] = filled;
  if (program === undefined || program === "") {
    throw new GateError("config", "config: server.command has no program to start; write the command of your server");
  }
  return [program, ...rest];
}

function filledWord(word: string, { model, port }: CommandValues): string {
  return word.replace(/\{\{(model|port)\}\}/g, (_placeholder, name) => (name === "model" ? (model ?? "") : `${port}`));
}

function assertFits(template: readonly string[], values: CommandValues): void {
  const uses = (placeholder: string) => template.some((word) => word.includes(placeholder));
  const inside = template.find((word) => word.includes("{{args}}") && word !== "{{args}}");
  if (inside !== undefined) {
    fail(
      `has {{args}} inside the word ${JSON.stringify(inside)}; {{args}} stands for several words, so let it be one alone`,
    );
  }
  if (uses("{{model}}") && values.model === undefined) {
    fail("uses {{model}}, but no model is named; list the model under models:");
  }
  if (values.args.length > 0 && !uses("{{args}}")) {
    fail(
      `has no {{args}}, so the arguments ${JSON.stringify(values.args.join(" "))} would be lost; add {{args}} to it`,
    );
  }
  if (!values.portIsGiven && !uses("{{port}}")) {
    fail(
      "does not use {{port}} and server.url names no port, so nobody would know where the server listens; " +
        "pass {{port}} to the server, or write its port in server.url (http://127.0.0.1:8000)",
    );
  }
}

function fail(finding: string): never {
  throw new GateError("config", `config: server.command ${finding}`);
}
