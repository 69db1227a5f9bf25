import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const framework = "/usr/share/android-framework-res/framework-res.apk";
const programs = ["aapt", "smali", "zipalign", "apksigner", "apktool"].map((name) => `/usr/bin/${name}`);

/** Whether Debian's Android build tools are on this machine: aapt, smali, zipalign, apksigner, apktool and a framework to link against. */
export const hasAndroidTools: boolean = [...programs, framework].every((file) => existsSync(file));

/** Whether Debian's apksigner is on this machine. */
export const hasApksigner: boolean = existsSync("/usr/bin/apksigner");

/** Where the APKs of testing/apks are; null before `npm ci --prefix testing/apks`. */
export const publishedApks: string | null =
  [join(import.meta.dirname, "apks/node_modules")].find((path) => existsSync(path)) ?? null;

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** SHA-256 of the certificates that apksigner prints of an APK, in its order; null where it refuses it. */
export function apksignerDigests(apk: string): readonly string[] | null {
  try {
    const printed = run("apksigner", "verify", "--print-certs", apk);
    const digests = [...printed.matchAll(/^Signer .*certificate SHA-256 digest: ([0-9a-f]{64})$/gm)];
    return [...new Set(digests.map(([, digest = ""]) => digest))];
  } catch {
    return null;
  }
}

/** What an app is built as. */
export interface AppBuild {
  readonly packageName: string;
  readonly versionCode: number;
  readonly versionName: string;
  /** The text in its code that an attacker would change. */
  readonly endpoint: string;
  /** Files of its assets, by their names there. */
  readonly assets?: Readonly<Record<string, string>>;
}

/** A developer's or an attacker's machine: one folder, one keystore for each name. */
export function createAndroidWorkshop(folder: string): {
  /** Builds, aligns and signs an app from sources; its path. */
  readonly build: (app: AppBuild, key: string) => string;
  /** Takes an APK apart with apktool, changes the endpoint in its code, builds it again and signs it with another key; its path. */
  readonly repackage: (apk: string, from: string, to: string, key: string) => string;
  /** The keystore of a key, made at its first use. */
  readonly keystoreOf: (key: string) => string;
} {
  const at = (...parts: readonly string[]): string => join(folder, ...parts);

  function keystoreOf(key: string): string {
    const file = at(`${key}.p12`);
    if (!existsSync(file)) {
      const store = ["-keystore", file, "-storetype", "PKCS12", "-storepass", workshopPassword];
      run("keytool", "-genkeypair", ...store, "-alias", key, "-keyalg", "EC", "-dname", `CN=${key}`);
    }
    return file;
  }

  function sign(unaligned: string, key: string, name: string): string {
    run("zipalign", "-f", "-p", "4", unaligned, at(`${name}-aligned.apk`));
    const signed = at(`${name}.apk`);
    const store = ["--ks", keystoreOf(key), "--ks-pass", `pass:${workshopPassword}`];
    run("apksigner", "sign", ...store, "--min-sdk-version", "24", "--out", signed, at(`${name}-aligned.apk`));
    return signed;
  }

  return {
    keystoreOf,
    build({ packageName, versionCode, versionName, endpoint, assets = {} }, key) {
      const name = `${packageName}-${versionCode}-${key}`;
      mkdirSync(at(name), { recursive: true });
      writeFileSync(
        at(name, "AndroidManifest.xml"),
        `<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="${packageName}" android:versionCode="${versionCode}"
  android:versionName="${versionName}"><uses-sdk android:minSdkVersion="24" android:targetSdkVersion="33"/><application android:label="Hello"/></manifest>`,
      );
      writeFileSync(
        at(name, "Hello.smali"),
        `.class public Lorg/example/Hello;\n.super Ljava/lang/Object;\n.method public static endpoint()Ljava/lang/String;\n    .registers 1
    const-string v0, "${endpoint}"\n    return-object v0\n.end method\n`,
      );
      const unsigned = at(`${name}-unsigned.apk`);
      run("smali", "a", at(name, "Hello.smali"), "-o", at(name, "classes.dex"));
      mkdirSync(at(name, "assets"), { recursive: true });
      for (const [asset, file] of Object.entries(assets)) copyFileSync(file, at(name, "assets", asset));
      const sources = ["-M", at(name, "AndroidManifest.xml"), "-A", at(name, "assets")];
      run("aapt", "package", "-f", ...sources, "-I", framework, "-F", unsigned);
      execFileSync("aapt", ["add", unsigned, "classes.dex"], { cwd: at(name), stdio: "ignore" });
      return sign(unsigned, key, name);
    },
    repackage(apk, from, to, key) {
      const name = `repackaged-${key}`;
      run("apktool", "d", "-f", "-q", "-p", at("frameworks"), "-o", at(name), apk);
      const code = at(name, "smali/org/example/Hello.smali");
      const before = readFileSync(code, "utf8");
      writeFileSync(code, before.replaceAll(from, to));
      if (readFileSync(code, "utf8") === before) throw new Error("the code does not hold the text to change");
      run("apktool", "b", "-q", "-p", at("frameworks"), "-o", at(`${name}-unsigned.apk`), at(name));
      return sign(at(`${name}-unsigned.apk`), key, name);
    },
  };
}

/** Of every keystore of a workshop. */
export const workshopPassword = "workshop";
