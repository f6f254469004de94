import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "templates-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): void {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
}

describe("createRenderer", () => {
  test("renders a view with its partials and escapes nothing a second time", () => {
    put("ours/note.hbs", "{{#each lines}}{{> line text=this}}\n{{/each}}");
    put("ours/partials/line.hbs", "* {{text}}");
    const renderer = createRenderer({ templatesDir: join(folder, "ours") });
    expect(renderer.render("note", { lines: ["a &lt; b", "c"] })).toBe("* a &lt; b\n* c\n");
  });

  test("leaves one blank line where blocks were empty", () => {
    put("ours/note.hbs", "a\n\n{{#if no}}\nx\n{{/if}}\n\n\nb\n\n");
    expect(createRenderer({ templatesDir: join(folder, "ours") }).render("note", { no: false })).toBe("a\n\nb\n");
  });

  test("a user's template and dictionary win over ours", () => {
    put("ours/note.hbs", "ours {{> line}}");
    put("ours/partials/line.hbs", "line");
    put("ours/locales/en.json", '{"a": "ours"}');
    put("theirs/note.hbs", "theirs {{> line}}");
    put("theirs/locales/en.json", '{"a": "theirs"}');
    const renderer = createRenderer({ templatesDir: join(folder, "ours"), extraDir: join(folder, "theirs") });
    expect(renderer.render("note", {})).toBe("theirs line\n");
    expect(renderer.dictionary("en")).toEqual({ a: "theirs" });
  });

  test.each([
    ["what the view lacks", "bug", "note.hbs could not be rendered", () => put("ours/note.hbs", "{{missing}}")],
    ["a template that is not there", "host", "note.hbs is not in", () => put("ours/other.hbs", "")],
    ["a broken template", "bug", "note.hbs could not be rendered", () => put("ours/note.hbs", "{{#if}}")],
  ])("%s is an error that names the template", (_, blame, message, prepare) => {
    prepare();
    const renderer = createRenderer({ templatesDir: join(folder, "ours") });
    expect(() => renderer.render("note", {})).toThrow(
      expect.objectContaining({ blame, message: expect.stringContaining(message) }),
    );
  });

  test("a dictionary that is no JSON is named", () => {
    put("ours/locales/ru.json", "{");
    expect(() => createRenderer({ templatesDir: join(folder, "ours") }).dictionary("ru")).toThrow(
      "ru.json is not valid JSON",
    );
  });
});
