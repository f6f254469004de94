import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);
var EXIT={ok:0,fail:1,unable:2};export{EXIT};
