import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);
import{describeFailure,guarded}from"./chunk-YUS2RNJL.js";import"./chunk-KLYDX4PB.js";import"./chunk-BR25JBAM.js";import"./chunk-I2E3VHWR.js";import"./chunk-SPSCSSKS.js";import"./chunk-6LZA37RG.js";import"./chunk-BPQC4MAU.js";export{describeFailure,guarded};
