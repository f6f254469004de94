import { expect, test } from "@jest/globals";
import { commandWords } from "../../../src/adapters/server/command-words.ts";

const commandOf = (words: readonly string[]) => ({ key: "server.command", words }) as const;

const values = { model: "org/model", port: 8000, portIsGiven: true, args: ["--max-batch-size", "8"] };

test("model and port are filled in inside words, the arguments as words of their own", () => {
  const template = ["serve", "--model={{model}}", "--bind", "0.0.0.0:{{port}}", "{{args}}", "--end"];
  expect(commandWords(commandOf(template), values)).toEqual([
    "serve",
    "--model=org/model",
    "--bind",
    "0.0.0.0:8000",
    "--max-batch-size",
    "8",
    "--end",
  ]);
});

test.each([
  ["a command after a semicolon", "x; touch pwned"],
  ["a substitution", "$(touch pwned)"],
  ["backquotes", "`touch pwned`"],
  ["spaces and quotes", `a b "c" 'd'`],
  ["a leading dash", "--trust-remote-code"],
  ["a line break", "a\nb"],
  ["a placeholder", "{{port}} {{args}}"],
  ["a replacement pattern", "$& $1 $'"],
])("%s in a model or an argument stays one word as it is", (_what, hostile) => {
  const words = commandWords(commandOf(["serve", "{{model}}", "{{args}}"]), {
    ...values,
    model: hostile,
    args: [hostile, "last"],
  });
  expect(words).toEqual(["serve", hostile, hostile, "last"]);
});

test("no arguments leave no empty word behind", () => {
  expect(commandWords(commandOf(["serve", "{{args}}"]), { ...values, args: [] })).toEqual(["serve"]);
});

test.each([
  [
    "the model is asked for but none is named",
    ["serve", "{{model}}"],
    { model: undefined, args: [] },
    /no model is named.*models/,
  ],
  ["arguments would be lost", ["serve"], {}, /has no \{\{args\}\}, so args .* would be lost/],
  ["nobody would know the port", ["serve", "{{args}}"], { portIsGiven: false }, /\{\{port\}\}.*server\.url/],
  ["there is no program", [], { args: [] }, /no program/],
])("a command is refused when %s", (_why, template, change, message) => {
  expect(() => commandWords(commandOf(template), { ...values, ...change })).toThrow(message);
});

test("a refusal names the key under which the command stands", () => {
  const template = { key: "server.base-command", words: ["serve", "{{args}}"] } as const;
  expect(() => commandWords(template, { ...values, portIsGiven: false })).toThrow(
    "config: server.base-command does not use {{port}}",
  );
});
