/** Views of core/report through the Handlebars templates in templates/. Escaping is done in core: nothing is escaped twice. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Handlebars from "handlebars";
import { GateError } from "../../core/model/gate-error.ts";
import type { Dictionary } from "../../core/report/text.ts";
import type { Renderer } from "../../gate/ports.ts";

export interface RendererOptions {
  /** Holds `<style>.hbs`, `partials/*.hbs` and `locales/*.json`. */
  readonly templatesDir: string;
  /** The user's own templates, laid out alike; a file there wins over ours of the same name. */
  readonly extraDir?: string;
}

type Template = (view: object) => string;

/** Templates are read when first used. A template that asks for what its view lacks is a bug and throws. */
export function createRenderer({ templatesDir, extraDir }: RendererOptions): Renderer {
  const folders = extraDir === undefined ? [templatesDir] : [extraDir, templatesDir];
  const templates = new Map<string, Template>();
  const handlebars = Handlebars.create();
  let partialsRead = false;

  const compiled = (name: string): Template => {
    if (!partialsRead) {
      for (const [partial, text] of partialsOf(folders)) handlebars.registerPartial(partial, text);
      partialsRead = true;
    }
    const known = templates.get(name);
    if (known !== undefined) return known;
    const path = find(folders, `${name}.hbs`);
    const template: Template = handlebars.compile(readText(path), {
      noEscape: true,
      strict: true,
      preventIndent: true,
    });
    templates.set(name, template);
    return template;
  };

  return {
    render: (name, view) => {
      try {
        return tidy(compiled(name)(view));
      } catch (cause) {
        if (cause instanceof GateError) throw cause;
        const message = cause instanceof Error ? cause.message : String(cause);
        throw new GateError("bug", `template ${name}.hbs could not be rendered: ${message}`, { cause });
      }
    },
    dictionary: (language) => readDictionary(find(folders, join("locales", `${language}.json`))),
  };
}

/** Partials by name; the user's folder is read last, so that it wins. */
function partialsOf(folders: readonly string[]): readonly (readonly [string, string])[] {
  return [...folders].reverse().flatMap((folder) => {
    const partials = join(folder, "partials");
    if (!existsSync(partials)) return [];
    return readdirSync(partials)
      .filter((file) => file.endsWith(".hbs"))
      .sort()
      .map((file) => [file.slice(0, -".hbs".length), readText(join(partials, file))] as const);
  });
}

function find(folders: readonly string[], name: string): string {
  const path = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  throw new GateError(
    "host",
    `template ${name} is not in ${folders.join(" or ")}; install Serving Gate with its templates folder.`,
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new GateError("host", `template ${path} cannot be read: ${String(cause)}`, { cause });
  }
}

function readDictionary(path: string): Dictionary {
  const text = readText(path);
  try {
    return JSON.parse(text) as Dictionary;
  } catch (cause) {
    throw new GateError("host", `${path} is not valid JSON: ${String(cause)}`, { cause });
  }
}

/** One blank line between paragraphs, none at the ends: conditional blocks leave gaps behind. */
function tidy(text: string): string {
  return `${text
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}
