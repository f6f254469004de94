/** The tables of action.yml for the READMEs; a test holds them against action.yml. */
import { markdownTable } from "markdown-table";

const heads = {
  en: { inputs: ["Input", "Default", "What it does"], outputs: ["Output", "What it holds"] },
  ru: { inputs: ["Вход", "По умолчанию", "Что делает"], outputs: ["Выход", "Что внутри"] },
};

/** The Russian words of each input and output stand here, since action.yml speaks one language. */
const russian = JSON.parse(
  await (await import("node:fs/promises")).readFile(new URL("./action-tables.ru.json", import.meta.url), "utf8"),
);

export function inputTable(action, language) {
  const rows = Object.entries(action.inputs).map(([name, { default: value, description }]) => [
    `\`${name}\``,
    value === undefined || value === "" ? "" : `\`${value}\``,
    described("inputs", name, description, language),
  ]);
  return markdownTable([heads[language].inputs, ...rows]);
}

export function outputTable(action, language) {
  const rows = Object.entries(action.outputs).map(([name, { description }]) => [
    `\`${name}\``,
    described("outputs", name, description, language),
  ]);
  return markdownTable([heads[language].outputs, ...rows]);
}

function described(kind, name, english, language) {
  const text = language === "ru" ? russian[kind][name] : english;
  if (text === undefined) throw new Error(`scripts/action-tables.ru.json has no word for ${kind}.${name}`);
  return text.trim().replace(/\s+/g, " ").replace(/\|/g, "\\|");
}
