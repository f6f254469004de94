/** Serving Gate's own version, that of package.json (a test holds them equal). */
export const CLIENT_VERSION = "0.1.0";
