/** What keeps a manifest from being read as Android reads it. */
export const manifestProblems = {
  manifest_too_large: "The manifest is larger than 4 MiB.",
  manifest_malformed: "The manifest's structure is broken: Android refuses it.",
  manifest_ambiguous: "Android's own readers take the manifest for different things.",
  manifest_package: "The manifest's root is not a manifest that names a package as Android requires.",
  manifest_value_type: "A value has a type that Android does not take there.",
  manifest_value_reference: "A value is a reference to a resource, so that it depends on the device's configuration.",
  manifest_codename: "An API level is a text that is no platform's codename.",
  manifest_split:
    "The package is a split of an app: what it says of debuggable and API levels is its own, and not the app's.",
  manifest_version_code: "The version code is negative, or larger than a number can say exactly.",
} as const satisfies Readonly<Record<string, string>>;

export type ManifestProblemCode = keyof typeof manifestProblems;
