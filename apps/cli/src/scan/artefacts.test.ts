import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import { makeAndroidXml, makeResources } from "../testing/made-android.ts";
import { makeBinaryPlist, makeMachO } from "../testing/made-apple.ts";
import { makeDex } from "../testing/made-dex.ts";
import { makeHermes } from "../testing/made-hermes.ts";
import { draw } from "../testing/made-keys.ts";
import { scanInput } from "./scan.ts";

const root = join(import.meta.dirname, "../../../..");
const key = `sk_live_${draw("alnum", 24)}`;
const hex = draw("hex", 32);
const words = Array.from({ length: 60 }, (_, index) => `string number ${index}`);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scan-artefacts-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function scan(name: string, data: Buffer | string) {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, data);
  const result = await scanInput(file, { includeIgnored: true, nowMs: Date.UTC(2026, 10, 22) });
  if (result === null) throw new Error("the input cannot be read");
  return result;
}

type Place = readonly [artefact: string, place: string, name: string, data: Buffer | string];

const services = (more: object) =>
  JSON.stringify(
    {
      project_info: {
        project_number: draw("digits", 12),
        project_id: "gallery-4711",
        storage_bucket: "gallery-4711.appspot.com",
      },
      client: [
        {
          client_info: { mobilesdk_app_id: `1:${draw("digits", 12)}:android:${draw("hex", 22)}` },
          oauth_client: [
            { client_id: `${draw("digits", 12)}-${draw("lower", 32)}.apps.googleusercontent.com`, client_type: 3 },
          ],
          api_key: [{ current_key: `AIza${draw("alnum", 35)}` }],
          ...more,
        },
      ],
      configuration_version: "1",
    },
    null,
    2,
  );

/** A known form in each place that an artefact has for a text. */
const places: readonly Place[] = [
  ["dex", "first of the table", "classes.dex", makeDex({}, [` ${key}`, ...words])],
  ["dex", "last of the table", "classes.dex", makeDex({}, [...words, `z ${key}`])],
  ["dex", "among MUTF-8 of two and three bytes", "classes.dex", makeDex({}, ["ünïcödé", "鍵", key, "𝄞 surrogates 🗝"])],
  [
    "dex",
    "inside MUTF-8, with a surrogate pair before it",
    "classes.dex",
    makeDex({}, [`Schlüssel 🗝: ${key} — geheim`]),
  ],
  ["dex", "a static field", "classes.dex", makeDex({ PAY: key, OTHER: "plain value" }, words)],
  ["dex", "a longer string", "classes.dex", makeDex({}, [`${"long ".repeat(5000)}${key}`])],
  ["Hermes, made", "a small string", "main.jsbundle", makeHermes([...words, key])],
  [
    "Hermes, made",
    "a string of the overflow table",
    "main.jsbundle",
    makeHermes([...words, `${"long ".repeat(80)}${key}`]),
  ],
  ["Hermes, made", "a UTF-16 string", "main.jsbundle", makeHermes([...words, `für ${key}`])],
  ["Mach-O", "__cstring", "App", makeMachO([...words, key])],
  [
    "Mach-O",
    "behind all sections",
    "App",
    Buffer.concat([makeMachO(words), Buffer.alloc(64), Buffer.from(`${key}\0`)]),
  ],
  [
    "Mach-O",
    "UTF-16 behind all sections",
    "App",
    Buffer.concat([makeMachO(words), Buffer.alloc(64), Buffer.from(`${key}\0`, "utf16le")]),
  ],
  ["Mach-O, fat", "__cstring", "App", makeMachO([...words, key], true)],
  ["Mach-O, fat, 64 bits", "__cstring", "App", makeMachO([...words, key], 64)],
  ["binary plist", "a value", "Info.plist", makeBinaryPlist({ CFBundleName: "Gallery", Pay: key })],
  ["binary plist", "a value in UTF-16", "Info.plist", makeBinaryPlist({ CFBundleName: "Gallery", Pay: `für ${key}` })],
  ["binary plist", "a name", "Info.plist", makeBinaryPlist({ CFBundleName: "Gallery", [key]: "yes" })],
  [
    "binary plist",
    "data",
    "Info.plist",
    makeBinaryPlist({ CFBundleName: "Gallery", Blob: Buffer.from(`\0\u0001${key}\0`) }),
  ],
  [
    "XML plist",
    "a value",
    "Info.plist",
    `<plist version="1.0"><dict><key>Pay</key><string>${key}</string></dict></plist>`,
  ],
  [
    "XML plist",
    "an array's",
    "Info.plist",
    `<plist><dict><key>All</key><array>\n<string>a</string>\n<string>${key}</string></array></dict></plist>`,
  ],
  ["XML plist", "an attribute of a comment", "Info.plist", `<plist><!-- was ${key} --><dict/></plist>`],
  ["resources.arsc", "a string resource", "resources.arsc", makeResources({ app_name: "Gallery", pay: key })],
  ["resources.arsc", "a text around it", "resources.arsc", makeResources({ app_name: "Gallery", pay: `für ${key}.` })],
  ["compiled XML", "an attribute", "AndroidManifest.xml", makeAndroidXml("pay", key)],
  [
    "google-services.json",
    "a service's member",
    "google-services.json",
    services({ services: { pay: { token: key } } }),
  ],
  [".env", "plain", ".env", `A=1\nPAY=${key}\n`],
  [".env", "quoted, exported", ".env", `export PAY="${key}" # live\n`],
  [".env", "Windows' line ends, no last one", ".env", `A=1\r\nPAY=${key}`],
  ["a script", "over lines", "main.js", `const p = "${key.slice(0, 11)}" +\n  "${key.slice(11)}";`],
];

/** A value without a form of its own, in each place that ties it to a name. */
const named: readonly Place[] = [
  ["dex", "a static field", "classes.dex", makeDex({ WEATHER_API_KEY: hex, OTHER: "plain value" }, words)],
  ["binary plist", "a member", "Info.plist", makeBinaryPlist({ CFBundleName: "Gälerie", WeatherAPIKey: hex })],
  [
    "XML plist",
    "a member",
    "Info.plist",
    `<plist><dict>\n\t<key>WeatherAPIKey</key>\n\t<string>${hex}</string>\n</dict></plist>`,
  ],
  ["resources.arsc", "a string resource", "resources.arsc", makeResources({ app_name: "x", weather_api_key: hex })],
  ["compiled XML", "meta-data", "AndroidManifest.xml", makeAndroidXml("org.example.WEATHER_API_KEY", hex)],
  ["google-services.json", "a client's secret", "google-services.json", services({ client_secret: hex })],
  [".env", "plain", ".env", `WEATHER_API_KEY=${hex}\n`],
  [".env", "quoted", ".env", `WEATHER_API_KEY='${hex}'\n`],
  ["a script", "over lines", "main.ts", `const weatherApiKey =\n  "${hex.slice(0, 16)}" +\n  "${hex.slice(16)}";`],
];

describe("a key of a known form", () => {
  it.each(places)("in %s, %s, is found", async (_artefact, _place, name, data) => {
    const { findings, unreadable } = await scan(name, data);
    expect(findings.filter(({ severity }) => severity === "secret").map(({ rule }) => rule)).toEqual([
      "stripe-secret-key",
    ]);
    expect(unreadable).toEqual([]);
  });
});

describe("a key known by its name", () => {
  it.each(named)("in %s, %s, is found", async (_artefact, _place, name, data) => {
    const { findings } = await scan(name, data);
    expect(findings.filter(({ severity }) => severity === "secret").map(({ rule }) => rule)).toEqual(["named-key"]);
  });
});

const hermesc = join(root, "testing/engines/node_modules/hermes-engine-cli/linux64-bin/hermesc");

describe.skipIf(!existsSync(hermesc) && !requireAll)("a key in bytecode of the real hermesc", () => {
  it.each([
    ["a literal", `print("${key}")`],
    ["a member's value", `globalThis.o = { a: 1, pay: "${key}", b: [2] };`],
    ["a member's name", `globalThis.o = { "${key}": 1 };`],
    ["an element", `globalThis.o = ["one", "two", "${key}", 4];`],
    ["a template", `globalThis.f = (n) => \`Bearer ${key} \${n}\`;`],
    ["a string with an umlaut", `print("für ${key}")`],
    ["a long string", `print("${"long ".repeat(80)}${key}")`],
    ["a default", `globalThis.f = (k = "${key}") => k;`],
    ["literals that the compiler joins", `print("${key.slice(0, 11)}" + "${key.slice(11)}")`],
  ])("as %s is found", async (_place, source) => {
    const script = join(folder, "app.js");
    const file = join(folder, "app.hbc");
    writeFileSync(script, `${words.map((word) => `print("${word}");`).join("\n")}\n${source}`);
    execFileSync(hermesc, ["-O", "-emit-binary", "-out", file, script]);
    const { findings, unreadable } = await scan("main.jsbundle", readFileSync(file));
    expect(findings.map(({ rule }) => rule)).toEqual(["stripe-secret-key"]);
    expect(unreadable).toEqual([]);
  });
});

const sha = (algorithm: string, seed: string, encoding: "hex" | "base64" = "hex"): string =>
  createHash(algorithm).update(seed).digest(encoding);
const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
const image = Buffer.from(draw("alnum", 3000)).toString("base64");
const many = (line: (index: number) => string): string =>
  Array.from({ length: 30 }, (_, index) => line(index)).join("\n");

/** What looks drawn at random, and opens nothing, as it stands in real projects. */
const harmless: readonly (readonly [what: string, name: string, data: Buffer | string])[] = [
  [
    "package-lock.json",
    "package-lock.json",
    `{"packages":{${many((index) => `"node_modules/p${index}":{"resolved":"https://registry.npmjs.org/p${index}/-/p${index}-1.0.0.tgz","integrity":"sha512-${sha("sha512", `${index}`, "base64")}"}`).replaceAll("\n", ",\n")}}}`,
  ],
  [
    "yarn.lock",
    "yarn.lock",
    many(
      (index) =>
        `"p@${index}":\n  resolved "https://registry.yarnpkg.com/p/-/p-${index}.tgz#${sha("sha1", `${index}`)}"\n  integrity sha512-${sha("sha512", `${index}`, "base64")}`,
    ),
  ],
  [
    "Podfile.lock",
    "Podfile.lock",
    `SPEC CHECKSUMS:\n${many((index) => `  Pod${index}: ${sha("sha1", `${index}`)}`)}\n\nPODFILE CHECKSUM: ${sha("sha1", "p")}\n`,
  ],
  [
    "Cargo.lock",
    "Cargo.lock",
    many((index) => `[[package]]\nname = "p${index}"\nchecksum = "${sha("sha256", `${index}`)}"`),
  ],
  [
    "Gemfile.lock",
    "Gemfile.lock",
    `CHECKSUMS\n${many((index) => `  gem${index} (1.0.${index}) sha256=${sha("sha256", `${index}`)}`)}`,
  ],
  [
    "Gradle's verification",
    "verification-metadata.xml",
    many(
      (index) =>
        `<artifact name="a${index}.jar"><sha256 value="${sha("sha256", `${index}`)}" origin="Generated by Gradle"/></artifact>`,
    ),
  ],
  [
    "Gradle's wrapper",
    "gradle-wrapper.properties",
    `distributionSha256Sum=${sha("sha256", "g")}\ndistributionUrl=https\\://services.gradle.org/distributions/gradle-9.0-bin.zip\n`,
  ],
  [
    "subresource integrity",
    "index.html",
    `<script src="a.js" integrity="sha384-${sha("sha384", "a", "base64")}" crossorigin="anonymous"></script>`,
  ],
  ["an image as a data URL", "a.css", `.a{background:url(data:image/png;base64,${image})}`],
  ["an image in a script", "a.js", `export const icon = "data:image/png;base64,${image}";`],
  ["a font in a script", "b.js", `var f="data:font/woff2;base64,${image}";`],
  ["a public key", "key.pem", pem],
  ["a public key in a script", "key.js", `export const signingPublicKey = ${JSON.stringify(pem)};`],
  [
    "a certificate",
    "ca.pem",
    `-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ${draw("alnum", 43)}\n${draw("alnum", 64, "b")}\n-----END CERTIFICATE-----\n`,
  ],
  ["an SSH public key", "id.pub", `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${draw("alnum", 43)} me@host\n`],
  [
    "a JSON Web Key, public",
    "jwks.json",
    JSON.stringify({
      keys: [{ kty: "EC", crv: "P-256", x: draw("alnum", 43), y: draw("alnum", 43, "y"), kid: sha("sha256", "kid") }],
    }),
  ],
  [
    "pins",
    "pins.json",
    JSON.stringify({ pins: [`sha256/${sha("sha256", "a", "base64")}`, `sha256/${sha("sha256", "b", "base64")}`] }),
  ],
  ["UUIDs", "ids.ts", many((index) => `export const screen${index} = "${randomUUID()}";`)],
  [
    "an Xcode project",
    "project.pbxproj",
    many(
      (index) =>
        `\t\t${sha("md5", `${index}`).slice(0, 24).toUpperCase()} /* File${index}.swift in Sources */ = {isa = PBXBuildFile; };`,
    ),
  ],
  ["hashes of files", "SHA256SUMS", many((index) => `${sha("sha256", `${index}`)}  file${index}.tar.gz`)],
  [
    "hashes in an asset manifest",
    "manifest.json",
    JSON.stringify(
      Object.fromEntries(
        Array.from({ length: 30 }, (_, index) => [`main.${index}.js`, `/static/main.${sha("md5", `${index}`)}.js`]),
      ),
    ),
  ],
  [
    "a git commit",
    "build.ts",
    `export const commit = "${sha("sha1", "c")}";\nexport const tree = '${sha("sha1", "t")}';`,
  ],
  [
    "hashes in a dex",
    "classes.dex",
    makeDex(
      { IDENTITY_HASH: sha("md5", "room") },
      Array.from({ length: 30 }, (_, index) => sha("md5", `${index}`)),
    ),
  ],
  ["hashes in bytecode", "main.jsbundle", makeHermes(Array.from({ length: 30 }, (_, index) => sha("md5", `${index}`)))],
  [
    "what Xcode writes into Info.plist",
    "Info.plist",
    makeBinaryPlist({
      DTXcodeBuild: "17A324",
      BuildMachineOSBuild: "25A354",
      CFBundleIdentifier: "dev.countersign.gallery",
      MinimumOSVersion: "16.0",
      UUID: randomUUID(),
    }),
  ],
  ["google-services.json", "google-services.json", services({})],
  [
    "GoogleService-Info.plist",
    "GoogleService-Info.plist",
    `<plist><dict><key>API_KEY</key><string>AIza${draw("alnum", 35)}</string><key>GOOGLE_APP_ID</key><string>1:${draw("digits", 12)}:ios:${draw("hex", 22)}</string><key>GCM_SENDER_ID</key><string>${draw("digits", 12)}</string></dict></plist>`,
  ],
  [
    "a template of an environment",
    ".env.example",
    "API_KEY=\nSECRET_KEY=your-secret-key-here\nTOKEN=xxxxxxxxxxxxxxxxxxxxxxxx\nDB_PASSWORD=changeme\n",
  ],
  [
    "joined messages",
    "messages.ts",
    `throw new Error("The password could not be " +\n  "changed: token-expired-2024-session " + id);`,
  ],
];

describe("what opens nothing", () => {
  it.each(harmless)("%s gives no secret and no suspicion", async (_what, name, data) => {
    const { findings } = await scan(name, data);
    expect(findings.filter(({ severity }) => severity !== "public-by-design")).toEqual([]);
  });
});
