// The packages come from this repository and not from a registry: Metro is told where they are, and that React is the app's own.
const { getDefaultConfig } = require("expo/metro-config");
const { join } = require("node:path");

const root = join(__dirname, "../../..");
const config = getDefaultConfig(__dirname);
config.watchFolders = [join(root, "packages"), join(root, "node_modules")];
config.resolver.nodeModulesPaths = [join(__dirname, "node_modules"), join(root, "node_modules")];
config.resolver.disableHierarchicalLookup = true;
const resolve = config.resolver.resolveRequest;
config.resolver.resolveRequest = (context, name, platform) => {
  const [, own, entry = ""] = /^@countersign\/([a-z-]+)(\/.*)?$/.exec(name) ?? [];
  const next = resolve ?? context.resolveRequest;
  if (own === undefined) return next(context, name, platform);
  const { exports } = require(join(root, "packages", own, "package.json"));
  const chosen = exports[`.${entry}`];
  const { default: path } = (platform !== "web" && chosen["react-native"]) || chosen;
  return next(context, join(root, "packages", own, path), platform);
};
module.exports = config;
