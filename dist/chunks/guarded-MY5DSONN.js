import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);
import{describeFailure,guarded}from"./chunk-C24TZMWY.js";import"./chunk-I3EQXFKT.js";import"./chunk-BR25JBAM.js";import"./chunk-2RHO7AM5.js";import"./chunk-SPSCSSKS.js";import"./chunk-6LZA37RG.js";import"./chunk-BPQC4MAU.js";export{describeFailure,guarded};
