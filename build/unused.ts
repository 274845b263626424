/**
 * Packages that the protocol of OAuth can use and this server never lets it:
 * another HTTP client in three versions, since all that strangers name goes
 * through our own fetch, and a client of Redis. They are a tenth of the
 * executable.
 */
const STUBS: Readonly<Record<string, string>> = {
  undici_v6: "Agent",
  undici_v7: "Agent",
  undici_v8: "Agent",
  ioredis: "Redis",
};

export const unusedPackages: Bun.BunPlugin = {
  name: "unused packages",
  setup(build) {
    const filter = new RegExp(`^(${Object.keys(STUBS).join("|")})$`);
    build.onResolve({ filter }, ({ path }) => ({ path, namespace: "unused" }));
    build.onLoad({ filter, namespace: "unused" }, ({ path }) => ({
      // Whoever does use one is told so, and reaches nothing.
      contents: `export class ${STUBS[path]} {
        constructor() { throw new Error("${path} is not part of this program"); }
      }`,
      loader: "js",
    }));
  },
};
