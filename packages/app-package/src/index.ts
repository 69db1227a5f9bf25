export { type InspectOptions, inspectPackage } from "./inspect-package.ts";
export type { CodeAnchor } from "./ipa/apple-anchors.ts";
export type { PackageProblem, PackageProblemCode } from "./problem.ts";
export type { LineageEntry, PackageReport, PackageSigner } from "./report.ts";
export { type ByteSource, createBytesSource } from "./source/byte-source.ts";
