export type { PackageProblem, PackageProblemCode } from "./problem.ts";
export type { LineageEntry, PackageReport, PackageSigner } from "./report.ts";
export { type ByteSource, createBytesSource } from "./source/byte-source.ts";
