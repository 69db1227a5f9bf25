// Where Expo looks for a package's config plugin; its loader takes the default export.
// biome-ignore lint/style/noDefaultExport: by name the loader finds nothing.
export { withCountersign as default } from "./dist/plugin/with-countersign.js";
