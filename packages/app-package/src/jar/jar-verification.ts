import type { PackageProblem } from "../problem.ts";

/** By whose rules a JAR signature is judged. */
export type JarOptions = AndroidJarOptions | { readonly rules: "jarsigner" };

/** As Android installs an APK on every API level from `minSdk` to `maxSdk`, both included. */
export interface AndroidJarOptions {
  readonly rules: "android";
  /** At least 1. */
  readonly minSdk: number;
  /** `Number.MAX_SAFE_INTEGER` for no end. */
  readonly maxSdk: number;
  /** Newer signature schemes whose blocks were found where a device of the range looks for them: 2, 3, 31. A `.SF` file may demand them. */
  readonly foundSchemes: readonly number[];
}

/** Who signed. */
export interface JarSigner {
  /** File name of the signature block below `META-INF/`, as `CERT.RSA`. */
  readonly name: string;
  /** SHA-256 of `certificate`, lower-case hex. */
  readonly certSha256: string | null;
  /**
   * The certificate's bytes as they stand in the signature block; null where the block names none that was read. Of a signer with errors it
   * is the one that the block names, for people: nothing says that its key signed.
   */
  readonly certificate: Uint8Array | null;
  /** What keeps this signer's block and `.SF` file from holding; empty of a signer that counts. */
  readonly errors: readonly PackageProblem[];
}

/**
 * What the JAR signature says. `ok` says that every entry outside `META-INF/` has the digest that each of `signers` signed for it, and
 * that no signer that Android counts, and no rule for any API level of the range, was broken. It says nothing of who issued the
 * certificates or of their dates: Android and Google Play ask for neither.
 */
export interface JarVerification {
  readonly ok: boolean;
  /** With `ok` the signers of all entries, in the order of the central directory. Without it nobody's signature counts: who is at fault, or named. */
  readonly signers: readonly JarSigner[];
  /** Signers found whose signature covers other entries than the package's signers' do, or that the platform ignores. */
  readonly ignoredSigners: readonly JarSigner[];
  /** Problems of the whole archive. Those of one signer stand with it. */
  readonly errors: readonly PackageProblem[];
  readonly warnings: readonly PackageProblem[];
}
