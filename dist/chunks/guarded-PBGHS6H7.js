import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);
import{describeFailure,guarded}from"./chunk-HWH3W3ER.js";import"./chunk-YY3ZMKCE.js";import"./chunk-BR25JBAM.js";import"./chunk-CJS4UL4R.js";import"./chunk-SPSCSSKS.js";import"./chunk-6LZA37RG.js";import"./chunk-BPQC4MAU.js";export{describeFailure,guarded};
