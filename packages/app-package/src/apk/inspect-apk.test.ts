import { expect, it } from "vitest";
import { attribute, makeManifest, plainManifest } from "../android-manifest/binary-xml-writer.suite.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { keys, makeApk } from "./apk-writer.suite.ts";
import { inspectApk } from "./inspect-apk.ts";

const v2 = 0x7109871a;

function inspect(split?: string) {
  const plain = plainManifest();
  const attributes = [...(plain.attributes ?? []), ...(split === undefined ? [] : [attribute.split(split)])];
  const content = makeManifest({ ...plain, attributes });
  const apk = makeApk({ entries: [{ name: "AndroidManifest.xml", content }], blocks: [[v2, [{ key: keys.first }]]] });
  return inspectApk(createBytesSource(apk));
}

it("reports a whole app without a doubt", async () => {
  expect(await inspect()).toMatchObject({ id: "com.example.app", verified: true, errors: [], ambiguities: [] });
});

it("never takes a split for its app, though it is signed alike", async () => {
  expect(await inspect("config.en")).toMatchObject({
    id: "com.example.app",
    verified: true,
    ambiguities: [{ code: "manifest_split", detail: "config.en" }],
  });
});
