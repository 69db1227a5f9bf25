import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type NativeBridge, textBridge } from "@countersign/client/native";
import { compileSwift, compileSwiftModules, inside, swiftFolder, swiftSources } from "./compile-swift.ts";

/** The iOS agent's bridge, in a process of its own. */
export interface SwiftBridge {
  readonly bridge: NativeBridge;
  /** What the book of channels says: kind, number of pins and of roots, version; `none` where it names no such channel. */
  policy(host: string, port: number): Promise<string>;
  /** One call as its text, answered with text. */
  call(name: string, of: string): Promise<string>;
  close(): void;
}

const ios = join(import.meta.dirname, "../../packages/react-native/ios");

/** Compiles the iOS agent and its bridge, with a stand-in for Network.framework's connections, into a program. Gives the errors. */
export function compileSwiftBridge(into: string): readonly string[] {
  const modules = join(into, "modules");
  const stubs = compileSwiftModules(swiftSources(join(import.meta.dirname, "swift-stubs")), modules);
  const own = ["Agent", "Bridge"].flatMap((folder) => swiftSources(join(ios, folder)));
  const sources = [...own, ...swiftSources(join(import.meta.dirname, "swift-bridge"))];
  const program = join(into, "bridge");
  return [...stubs.errors, ...compileSwift({ sources, modules, version: "5", program }).errors];
}

/** Starts what `compileSwiftBridge` made in that folder; the book of channels is kept in the file, what else there is beside it. */
export function startSwiftBridge(into: string, kept: string, configuration = ""): SwiftBridge {
  const runner = join(import.meta.dirname, "run-swift.sh");
  const child: ChildProcess = spawn(
    runner,
    [swiftFolder ?? "", ...[join(into, "bridge"), kept, into].map(inside), configuration],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("the program has no pipes");
  const waiting = new Map<string, { resolve: (text: string) => void; reject: (error: Error) => void }>();
  createInterface({ input: stdout }).on("line", (line) => {
    const [id = "", text = ""] = line.split("\t");
    waiting.get(id)?.resolve(text);
    waiting.delete(id);
  });
  child.on("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error("the program ended"));
  });
  let calls = 0;
  const call = (name: string, of: string): Promise<string> =>
    new Promise((resolve, reject) => {
      calls += 1;
      waiting.set(String(calls), { resolve, reject });
      stdin.write(`${calls}\t${name}\t${of}\n`);
    });
  return {
    bridge: textBridge(call),
    policy: (host, port) => call("policy", `${host} ${port}`),
    call,
    close: () => void stdin.end(),
  };
}
