import {
  item,
  moduleManifest,
  protoAttributes,
  protoNode,
} from "../../../packages/app-package/src/aab/proto-writer.suite.ts";
import {
  attribute,
  makeManifest,
  plainManifest,
} from "../../../packages/app-package/src/android-manifest/binary-xml-writer.suite.ts";

/** Seeds of the manifests of APKs and of bundles. */
export function androidManifestSeeds(): Readonly<Record<string, readonly Uint8Array[]>> {
  const full = plainManifest({
    attributes: [
      attribute.versionCode(25),
      attribute.versionName("1.0 é"),
      attribute.targetSandboxVersion(2),
      attribute.versionCodeMajor(1),
      attribute.package("com.example.app"),
      attribute.split("config.en"),
    ],
    children: [
      { name: "uses-sdk", attributes: [attribute.minSdk("Q"), attribute.targetSdk(34)] },
      { name: "queries", children: [{ name: "package" }] },
      { name: "application", attributes: [attribute.debuggable("true")] },
    ],
  });
  const compiled = protoNode({
    name: "manifest",
    attributes: [
      protoAttributes.package("com.example.app"),
      protoAttributes.versionCode(item.decimal(25)),
      protoAttributes.versionCodeMajor(item.decimal(1)),
    ],
    children: [{ name: "uses-sdk", attributes: [protoAttributes.minSdk(item.text("Q"))] }],
  });
  return {
    "android-manifest": [
      makeManifest(plainManifest()),
      makeManifest(plainManifest(), { utf8: false }),
      makeManifest(full),
      makeManifest(full, { utf8: false }),
    ],
    "bundle-manifest": [moduleManifest(), moduleManifest({ split: "feature", debuggable: true }), compiled],
  };
}
