import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);
import{EXIT}from"./chunk-SPSCSSKS.js";import{GateError}from"./chunk-6LZA37RG.js";import{__name}from"./chunk-BPQC4MAU.js";async function guarded(command){try{return await command()}catch(error){if(!(error instanceof GateError))throw error;return process.stderr.write(`${describeFailure(error)}
`),EXIT.unable}}__name(guarded,"guarded");function describeFailure(error){let saved=error.saved.map(path=>`What was measured before is in ${path}.`);return[error.message,...saved].join(`
`)}__name(describeFailure,"describeFailure");export{guarded,describeFailure};
