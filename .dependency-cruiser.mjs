/** The house's directions (docs/architecture.md). A line here is a rule of the house; a new room needs a line. */
const forbid = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });

export default {
  forbidden: [
    forbid("no-cycles", {}, { circular: true }, "A cycle hides which part depends on which."),
    // React Native is a peer that the app brings: what is used of it is declared in packages/react-native.
    forbid(
      "no-orphan-imports",
      {},
      { couldNotResolve: true, pathNot: "^react-native$" },
      "An import that does not resolve.",
    ),
    forbid(
      "protocol-stands-alone",
      { path: "^packages/protocol/src/(?!server/|schemas/)", pathNot: "\\.test\\.ts$" },
      { pathNot: "^packages/protocol/src/(?!server/|schemas/)" },
      "The protocol's root entry has no dependency at all.",
    ),
    forbid(
      "protocol-entries",
      { path: "^packages/protocol/src/(server|schemas)/", pathNot: "\\.test\\.ts$" },
      { path: "^(packages/(?!protocol)|apps/|examples/)" },
      "The protocol imports nothing of the house.",
    ),
    forbid(
      "pure-packages",
      { path: "^packages/(attestation|policy|app-package)/src", pathNot: "\\.(test|suite)\\.ts$|/testing/" },
      { path: "^(packages/(?!$1|asn1|protocol)|apps/|examples/|packages/protocol/src/(server|schemas)/)" },
      "attestation, policy and app-package import only the protocol's root entry and asn1, and not each other.",
    ),
    forbid(
      "asn1-stands-alone",
      { path: "^packages/asn1/src", pathNot: "\\.(test|suite)\\.ts$" },
      { path: "^(packages/(?!asn1)|apps/|examples/)" },
      "docs/decisions/0800: the readers that attestation and app-package share know nothing of the house.",
    ),
    forbid(
      "pure-without-io",
      {
        path: "^packages/(asn1|attestation|policy|app-package)/src",
        pathNot: "\\.(test|suite)\\.ts$|/testing/|load-revocation-list-file\\.ts$",
      },
      { path: "^(node:)?(fs|net|http|https|tls|dns|child_process|worker_threads)(/|$)" },
      "Pure packages do no I/O.",
    ),
    forbid(
      "protocol-users",
      { path: "^packages/(tokens|verify|broker)/src", pathNot: "\\.(test|suite)\\.ts$|/testing/" },
      { path: "^(packages/(?!$1|protocol)|apps/|examples/)" },
      "tokens, verify and broker import the protocol, and not each other.",
    ),
    forbid(
      "client-core-without-platform",
      { path: "^packages/client/src/(?!node/|web/|testing/)", pathNot: "\\.(test|suite)\\.ts$" },
      { dependencyTypes: ["core"] },
      "The agent core knows neither Node nor the DOM.",
    ),
    forbid(
      "client-knows-protocol-only",
      { path: "^packages/client/src/(?!testing/)", pathNot: "\\.(test|suite)\\.ts$" },
      { path: "^(packages/(?!client|protocol)|apps/|examples/|packages/protocol/src/(server|schemas)/)" },
      "The agent imports the protocol's root entry.",
    ),
    forbid(
      "agents-know-the-client-only",
      { path: "^packages/(capacitor|react-native)/src/(?!plugin/)", pathNot: "\\.(test|suite)\\.ts$" },
      { path: "^(packages/(?!$1|client)|apps/|examples/)" },
      "An agent is the client over a platform's native half.",
    ),
    forbid(
      "virtual-device-shares-no-verifier",
      { path: "^packages/virtual-device/src" },
      { path: "^packages/(asn1|attestation)/|(^|/)node_modules/(cborg|asn1js|pkijs)/" },
      "Neither may hide the other's mistake.",
    ),
    forbid(
      "server-without-test-roots",
      { path: "^apps/server/src", pathNot: "\\.(test|suite)\\.ts$|/testing/" },
      { path: "^packages/virtual-device/" },
      "Test anchors are uploaded, never built in.",
    ),
    forbid(
      "nobody-imports-an-app",
      { path: "^(packages|apps/server)/", pathNot: "\\.(test|suite)\\.ts$" },
      { path: "^apps/", pathNot: "^apps/server/" },
      "Apps import packages.",
    ),
    forbid(
      "packages-import-no-app",
      { path: "^packages/", pathNot: "\\.(test|suite)\\.ts$" },
      { path: "^(apps|examples)/" },
      "Packages import no app.",
    ),
    forbid(
      "cli-enters-the-server-by-its-door",
      { path: "^apps/cli/src" },
      { path: "^apps/server/src/(?!index\\.ts$)" },
      "docs/decisions/0003: the CLI may use the server's root entry only.",
    ),
    forbid(
      "domain-behind-ports",
      { path: "^apps/server/src/domain/", pathNot: "\\.(test|suite)\\.ts$" },
      {
        path: "^apps/server/src/(http|store|vault|ephemeral|vendors|data-folder|log)/|(^|/)node_modules/(fastify|kysely|pg|pino)/",
      },
      "Use cases know ports, not adapters.",
    ),
    forbid(
      "only-compose-picks-adapters",
      {
        path: "^apps/server/src/(?!compose|index|store|vault|ephemeral|data-folder)",
        pathNot: "\\.(test|suite)\\.ts$|/testing/",
      },
      { path: "^apps/server/src/(store|vault|ephemeral)/" },
      "Only compose.ts knows which adapter is in use.",
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // The Expo app has packages of its own, outside the workspaces, and is resolved by Metro.
    exclude: { path: "(^|/)dist/|^examples/astropiks/app/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      conditionNames: ["@countersign/source", "import", "types", "default"],
      exportsFields: ["exports"],
      extensions: [".ts", ".js", ".mjs", ".json"],
    },
  },
};
