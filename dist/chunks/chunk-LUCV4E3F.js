import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);
var CLIENT_VERSION="0.1.0";export{CLIENT_VERSION};
