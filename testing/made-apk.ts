import {
  attribute,
  type MadeAttribute,
  makeManifest,
  plainManifest,
} from "../packages/app-package/src/android-manifest/binary-xml-writer.suite.ts";
import { keys, makeApk } from "../packages/app-package/src/apk/apk-writer.suite.ts";

/** The SHA-256 and bytes of an APK's signing certificate, and the APK. */
export interface MadeBuild {
  readonly apk: Buffer;
  readonly certificate: Uint8Array;
}

/** A small APK from no build tool: package com.example.app, version 1.2 (7), from API level 24, signed by scheme v2. */
export function madeBuild(application: readonly MadeAttribute[] = [attribute.debuggable(false)]): MadeBuild {
  const manifest = plainManifest();
  const [sdk] = manifest.children ?? [];
  const content = makeManifest({
    ...manifest,
    children: [...(sdk ? [sdk] : []), { name: "application", attributes: [...application] }],
  });
  const entries = [
    { name: "AndroidManifest.xml", content },
    { name: "classes.dex", content: "dex" },
  ];
  return {
    apk: makeApk({ entries, blocks: [[0x7109871a, [{ key: keys.first }]]] }),
    certificate: keys.first.certificate,
  };
}
