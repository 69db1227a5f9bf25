import { type Mutation, mutationsOf } from "../mutation.ts";

const manifest = "packages/app-package/src/android-manifest";
const aab = "packages/app-package/src/aab";
const values = `${manifest}/read-android-manifest.test.ts`;
const structure = `${manifest}/hostile-structure.test.ts`;
const arbitrary = `${manifest}/arbitrary-manifest.test.ts`;
const inManifest = (name: string, ...tests: readonly string[]) =>
  ({ table: "package_problem", file: `${manifest}/${name}.ts`, tests }) as const;
const inAab = (name: string, ...tests: readonly string[]) =>
  ({
    table: "package_problem",
    file: `${aab}/${name}.ts`,
    tests: tests.map((test) => `${aab}/${test}.test.ts`),
  }) as const;

const inspection: readonly Mutation[] = mutationsOf(
  {
    table: "package_problem",
    file: "packages/app-package/src/apk/inspect-apk.ts",
    tests: ["packages/app-package/src/apk/inspect-apk.test.ts"],
  },
  [
    [
      "manifest_split",
      "that a package is no split",
      "manifest === null || manifest.split === null",
      "manifest !== null || manifest === null",
    ],
  ],
);

const binaryXml: readonly Mutation[] = [
  ...mutationsOf(inManifest("binary-xml", structure), [
    ["manifest_malformed", "that the document begins with its chunk", " || document.type !== chunkType.xml", ""],
    [
      "manifest_malformed/aligned",
      "that chunks lie on boundaries of four bytes",
      "!this.closed && (headerSize % 4 !== 0 || size % 4 !== 0)",
      "false",
    ],
    [
      "manifest_malformed/followed",
      "that a first node is followed by a chunk",
      "!this.#inNodes && at + size === end",
      "false",
    ],
    [
      "manifest_malformed/node-header",
      "the length of a node's header",
      "this.#inNodes && !this.closed && headerSize < 16",
      "false",
    ],
    ["manifest_malformed/node", "the length of a node", "size - headerSize < (nodeBytes.get(type) ?? 0)", "false"],
    [
      "manifest_malformed/name",
      "that an element's name can be read",
      "if (name === null) return malformed",
      "if (false) return malformed",
    ],
    [
      "manifest_malformed/end-name",
      "that the name of an end can be read",
      "readName(this.#view, contents, strings) === null",
      "false",
    ],
    [
      "manifest_ambiguous/shared",
      "that pool and map stand before the elements",
      "if (this.#inNodes) return ambiguous",
      "if (false) return ambiguous",
    ],
    [
      "manifest_ambiguous/pools",
      "that there is one string pool",
      "if (this.strings !== null) return ambiguous",
      "if (false) return ambiguous",
    ],
    [
      "manifest_ambiguous/maps",
      "that there is one resource map",
      "if (this.#resourceMap !== null) return ambiguous",
      "if (false) return ambiguous",
    ],
    [
      "manifest_ambiguous/after-root",
      "that no element stands after the root",
      "if (this.closed) return ambiguous",
      "if (false) return ambiguous",
    ],
    [
      "manifest_ambiguous/end",
      "that what ends has begun",
      "if (this.#depth === 0) return ambiguous",
      "if (false) return ambiguous",
    ],
  ]),
  ...mutationsOf(inManifest("chunk", structure), [
    ["manifest_malformed/chunk", "that a chunk lies within the document", " && at + size <= end ?", " ?"],
    [
      "manifest_malformed/attributes",
      "that attributes lie within their element",
      "start + stride * count > end",
      "start > end",
    ],
    [
      "manifest_malformed/stride",
      "that an attribute is as long as what is read of it",
      "(count > 0 && stride < 20)",
      "false",
    ],
  ]),
  ...mutationsOf(inManifest("string-pool", structure), [
    [
      "manifest_malformed/pool-count",
      "that a pool has room for its strings",
      "headerSize + 4 * stringCount > chunk.length",
      "false",
    ],
    ["manifest_malformed/pool-start", "that strings begin behind the header", "stringsStart < headerSize || ", ""],
    [
      "manifest_malformed/pool-end",
      "that strings end in a zero",
      " || !isZero(chunk, stringsStart + (units - 1) * unitBytes, unitBytes)",
      "",
    ],
    [
      "manifest_malformed/styles",
      "that styles end in their mark",
      "styleCount > 0 && !endsInMark(chunk, stylesStart)",
      "false",
    ],
    ["manifest_malformed/utf8-end", "that a string of UTF-8 ends where it says", " && strings[end] === 0 ?", " ?"],
    [
      "manifest_malformed/utf16-end",
      "that a string of UTF-16 ends where it says",
      " || unit(start + length) !== 0",
      "",
    ],
    ["manifest_malformed/odd", "that a string of UTF-16 stands at an even offset", "offset % 2 !== 0 || ", ""],
    [
      "manifest_malformed/units",
      "that the length in units is so",
      " && (text.length & 0x7fff) === found.utf16Length",
      "",
    ],
    [
      "manifest_malformed/overlap",
      "the bound on strings that share their bytes",
      "left -= found?.bytes.length ?? 0;",
      "",
      { tests: [arbitrary], only: "work stays proportional" },
    ],
  ]),
  ...mutationsOf(inManifest("modified-utf8", `${manifest}/modified-utf8.test.ts`), [
    ["manifest_malformed/utf8", "that following bytes are such", "(byte & 0xc0) !== 0x80", "false"],
    [
      "manifest_malformed/overlong",
      "that a character has its shortest form",
      "point < (shortest[length] ?? 0) || ",
      "",
    ],
  ]),
];

const manifestValues: readonly Mutation[] = [
  ...mutationsOf(inManifest("read-android-manifest", values), [
    ["manifest_too_large/android", "the maximum of 4 MiB", "if (bytes.length > manifestMaximumBytes)", "if (false)"],
    [
      "manifest_package/root",
      "that the root is manifest",
      `root?.name !== "manifest" || root.hasNamespace`,
      `root === undefined`,
    ],
    [
      "manifest_ambiguous",
      "that elements stand where all readers see them",
      "if (misplaced !== undefined)",
      "if (false)",
    ],
    [
      "manifest_version_code",
      "that a version code is exact and not negative",
      `return exact ? { ok: true`,
      `return true ? { ok: true`,
    ],
    [
      "manifest_ambiguous/debuggable",
      "that all applications agree on debuggable",
      "if (distinct.size > 1)",
      "if (false)",
    ],
  ]),
  ...mutationsOf(inManifest("package-and-split", values), [
    ["manifest_package", "that a package's name is one", "!isPackageName(name.value)", "false"],
    ["manifest_package/split", "that a split's name is one", "!isSplitName(split.value)", "false"],
    [
      "manifest_package/missing",
      "that the phone finds a package",
      "if (own === undefined) return",
      'if (first === undefined || own === undefined) return { ok: true, value: { package: "", split: null } };\n  if (own === undefined) return',
    ],
    ["manifest_ambiguous/package", "that the first package is the phone's", "if (first !== own)", "if (false)"],
    ["manifest_ambiguous/written", "that the written text is the typed one", "written === typed ?", "true ?"],
    ["manifest_value_type/package", "that a package is a text", `if (type !== 3) return`, `if (false) return`],
  ]),
  ...mutationsOf(inManifest("attribute-value", values), [
    ["manifest_ambiguous/order", "that the phone finds what apksig finds", "first === seen ?", "true ?"],
    [
      "manifest_value_type",
      "that a number is a number",
      "attribute.type === valueType.decimal || attribute.type === valueType.hexadecimal",
      "!references.includes(attribute.type)",
    ],
    [
      "manifest_value_reference",
      "that a reference is called one",
      `references.includes(type) ? "manifest_value_reference"`,
      `false ? "manifest_value_reference"`,
    ],
  ]),
  ...mutationsOf(inManifest("sdk-range", values), [
    ["manifest_codename", "that an API level's text is a codename", "return level === null ?", "return false ?"],
    [
      "manifest_ambiguous/target",
      "that the first and the last target agree",
      "if (targetSdk !== targetOnPhone)",
      "if (false)",
    ],
  ]),
];

const bundle: readonly Mutation[] = [
  ...mutationsOf(inAab("inspect-aab", "inspect-aab"), [
    ["play_signing_unknown", "the question for the key that Play signs with", "warnings: [question]", "warnings: []"],
  ]),
  ...mutationsOf(inAab("bundle-modules", "inspect-aab"), [
    ["aab_config_missing", "that there is a BundleConfig.pb", `archive.find("BundleConfig.pb") === undefined`, "false"],
    ["aab_base_missing", "that there is a module base", `!modules.has("base")`, "false"],
    [
      "aab_module_manifest_missing",
      "that a module without a manifest is said",
      `problem: problem("aab_module_manifest_missing", quoteName(name))`,
      `problem: problem("aab_manifest_malformed", quoteName(name))`,
    ],
    ["aab_modules_disagree", "that a module's package is the base's", "manifest.package !== base.package", "false"],
    [
      "aab_modules_disagree/split",
      "that a module's split is its name",
      `manifest.split !== (name === "base" ? "" : name)`,
      "false",
    ],
    [
      "aab_modules_disagree/version",
      "that a module's version code is the base's",
      "versionCode !== undefined && versionCode !== (base.versionCode ?? 0)",
      "false",
    ],
    [
      "aab_modules_disagree/min",
      "that a module asks for no lower API level",
      "(manifest.minSdk ?? minSdk) < minSdk",
      "false",
    ],
    [
      "aab_modules_disagree/target",
      "that a module's target is the base's",
      "(manifest.targetSdk ?? targetSdk) !== targetSdk",
      "false",
    ],
    [
      "aab_modules_disagree/debuggable",
      "that a module is debuggable where the base is",
      "debuggable !== undefined && debuggable !== (base.debuggable ?? false)",
      "false",
    ],
  ]),
  ...mutationsOf(inAab("module-manifest", "module-manifest"), [
    [
      "aab_manifest_malformed",
      "that a manifest is an XmlNode",
      "if (document === null) return",
      'if (document === null) return { ok: false, code: "manifest_package", what: "" };\n  if (document === null) return',
    ],
    [
      "manifest_ambiguous/bundle-elements",
      "that elements stand once",
      "(usesSdk?.length ?? 0) > 1 || (application?.length ?? 0) > 1",
      "false",
    ],
    [
      "manifest_ambiguous/bundle",
      "that an attribute stands once",
      `if (found.length > 1) return { ok: false, code: "manifest_ambiguous" };`,
      "",
    ],
    ["manifest_package/bundle", "that a module's package is a name", " || !isPackageName(packageName)", ""],
    [
      "manifest_version_code/bundle",
      "that a module's version code is exact and not negative",
      "return exact ? { ok: true",
      "return true ? { ok: true",
    ],
  ]),
  ...mutationsOf(inAab("proto-xml", "module-manifest"), [
    [
      "aab_manifest_malformed/once",
      "that a field of which there is one stands once",
      "if (this.#fields.has(field.number)) return false;",
      "",
    ],
    [
      "aab_manifest_malformed/node",
      "that a node is an element or a text",
      "element !== undefined && text !== undefined ? null : element",
      "element",
    ],
    [
      "aab_manifest_malformed/item",
      "that a value is of one kind",
      "[1, 2, 3, 4, 5, 6, 7])) || fields.count !== 1",
      "[1, 2, 3, 4, 5, 6, 7]))",
    ],
    ["aab_manifest_malformed/primitive", "that a primitive is of one kind", "kinds)) || fields.count !== 1", "kinds))"],
  ]),
  ...mutationsOf(inAab("read-proto", "module-manifest"), [
    ["aab_manifest_malformed/tag", "that a field's number is one", " || tag.high !== 0 || tag.low < 8", ""],
    [
      "aab_manifest_malformed/length",
      "that a length is within the message",
      "length.next + length.low > bytes.length",
      "false",
    ],
    ["aab_manifest_malformed/utf8", "that a text is UTF-8", "fatal: true", "fatal: false"],
  ]),
];

/** Manifests of APKs and of bundles. */
export const androidPackageMutations: readonly Mutation[] = [...binaryXml, ...manifestValues, ...inspection, ...bundle];
