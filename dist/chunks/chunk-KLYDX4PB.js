import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);
import{withoutCommands}from"./chunk-BR25JBAM.js";import{printable}from"./chunk-I2E3VHWR.js";import{__name}from"./chunk-BPQC4MAU.js";function say(text){process.stderr.write(`${withoutCommands(printable(text))}
`)}__name(say,"say");export{say};
