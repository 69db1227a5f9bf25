import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type NativeBridge, textBridge } from "@countersign/client/native";
import { createTlsAuthority } from "../tls-authority.ts";
import { compileKotlin, kotlinLibraries, kotlinSources, platformImports } from "./compile-kotlin.ts";
import { androidDeclarations, nativeModule } from "./installed.ts";
import { makeAndroidStubs } from "./make-android-stubs.ts";
import { memberDescriptors } from "./member-descriptors.ts";
import { readAndroidTypes } from "./read-android-types.ts";

const android = join(import.meta.dirname, "../../packages/react-native/android");
const keys = 16;

/** The Android agent's bridge, in a process of its own. */
export interface KotlinBridge {
  readonly bridge: NativeBridge;
  /** One call as its text, answered with text. */
  call(name: string, of: string): Promise<string>;
  close(): void;
}

/** Compiles the Android agent and its bridge into a folder. The errors. */
export function compileKotlinBridge(into: string): readonly string[] {
  const folders = ["agent/src/main/kotlin", "bridge/src/main/kotlin", "bridge/src/test/kotlin"];
  const sources = folders.flatMap((folder) => kotlinSources(join(android, folder)));
  const stubs = join(into, "stubs");
  makeAndroidStubs(
    readAndroidTypes(nativeModule(...androidDeclarations)),
    platformImports(sources),
    memberDescriptors,
    stubs,
  );
  return compileKotlin({ sources, classPath: [stubs], into: join(into, "classes") }).errors;
}

/** Writes what a device of the program has: the roots of its store, and keys that its keystore will make, in their order. */
export function writeDevice(folder: string, roots: readonly string[], nowMs: number): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "roots.pem"), roots.join("\n"));
  const authorities = ["root of keys", "intermediate of keys"].map((name) => createTlsAuthority({ name, nowMs }));
  for (let index = 0; index < keys; index += 1) {
    const made = authorities[0]?.issue([`key${index}.example`]);
    writeFileSync(join(folder, `key${index}.pem`), made?.key ?? "");
    writeFileSync(join(folder, `chain${index}.pem`), [made?.cert, ...authorities.map(({ pem }) => pem)].join("\n"));
  }
}

/** Starts what `compileKotlinBridge` made, for an app of this configuration on the device in the folder. `hosts` are names of this very machine. */
export function startKotlinBridge(
  from: string,
  options: { readonly configuration: string; readonly device: string; readonly hosts: readonly string[] },
): KotlinBridge {
  const { configuration, device, hosts } = options;
  const names = join(device, "hosts");
  writeFileSync(names, `127.0.0.1 ${["localhost", ...hosts].join(" ")}\n`);
  const classPath = [join(from, "classes"), join(from, "stubs"), ...kotlinLibraries()].join(":");
  const program = ["-cp", classPath, "dev.countersign.bridge.BridgeProgramKt", configuration, device];
  const child = spawn("java", [`-Djdk.net.hosts.file=${names}`, ...program], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<string, { resolve: (text: string) => void; reject: (error: Error) => void }>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const at = line.indexOf("\t");
    waiting.get(line.slice(0, at))?.resolve(line.slice(at + 1));
    waiting.delete(line.slice(0, at));
  });
  child.on("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error("the program ended"));
  });
  let calls = 0;
  const call = (name: string, of: string): Promise<string> =>
    new Promise((resolve, reject) => {
      calls += 1;
      waiting.set(String(calls), { resolve, reject });
      child.stdin.write(`${calls}\t${name}\t${of}\n`);
    });
  return { bridge: textBridge(call), call, close: () => void child.stdin.end() };
}
