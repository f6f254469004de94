import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);
import{__name}from"./chunk-BPQC4MAU.js";function withoutCommands(text){return text.replace(/(^|[\r\n\u0085\u2028\u2029])([\p{Z}\p{C}]*:)(?=:)/gu,"$1$2\u200B").replaceAll("##[","##\u200B[")}__name(withoutCommands,"withoutCommands");function guardedWriter(write){return text=>write(`${withoutCommands(text).replace(/\r?\n$/,"")}
`)}__name(guardedWriter,"guardedWriter");export{withoutCommands,guardedWriter};
