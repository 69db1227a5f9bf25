import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What is taken of one file of Capacitor's: names of properties, methods, initializers and constants, as Objective-C or Swift declares them. */
interface CapacitorSlice {
  /** Below `Capacitor/Capacitor`. */
  readonly file: string;
  /** The Swift type that the members belong to; null for what stands alone. */
  readonly type: string | null;
  readonly members: readonly string[];
}

/** What a plugin is written with. */
export const capacitorSlices: readonly CapacitorSlice[] = [
  { file: "CAPPlugin.h", type: "class CAPPlugin", members: ["bridge", "load"] },
  { file: "CAPBridgedPlugin.h", type: null, members: ["CAPPluginReturnPromise"] },
  { file: "CAPBridgedPlugin.h", type: "protocol CAPBridgedPlugin", members: ["identifier", "jsName", "pluginMethods"] },
  { file: "CAPPluginMethod.h", type: "class CAPPluginMethod", members: ["initWithName:returnType:"] },
  { file: "CAPBridgeProtocol.swift", type: "protocol CAPBridgeProtocol", members: ["config", "webView"] },
  { file: "CAPInstanceConfiguration.h", type: "class InstanceConfiguration", members: ["localURL", "serverURL"] },
  { file: "PluginCallResult.swift", type: null, members: ["PluginCallResultData"] },
  { file: "CAPPluginCall.swift", type: "class CAPPluginCall", members: ["resolve"] },
];

const swiftTypes: Readonly<Record<string, string>> = {
  NSString: "String",
  NSURL: "URL",
  CAPPluginReturnType: "String",
};

/** `id<P>`, `NSArray<X *> *` or `X *` as Swift has it. */
function swiftType(text: string): string {
  const [, element] = /^NSArray<(\w+) \*> \*$/.exec(text) ?? [];
  if (element !== undefined) return `[${swiftType(`${element} *`)}]`;
  const name = /^(?:id<(\w+)>|(\w+) \*)$/
    .exec(text.trim())
    ?.slice(1)
    .find((each) => each !== undefined);
  if (name === undefined) throw new Error(`no Swift form of ${text}`);
  return swiftTypes[name] ?? name;
}

const absent = "{ fatalError() }";

function ofHeader(text: string, name: string, isProtocol: boolean): string | null {
  const property = new RegExp(`^@property \\(([^)]*)\\) ([^;]*?[ *])${name};`, "m").exec(text);
  if (property !== null) {
    const type = swiftType((property[2] ?? "").trim()) + (/\bnullable\b/.test(property[1] ?? "") ? "?" : "");
    return `${isProtocol ? "" : "public "}var ${name}: ${type} ${isProtocol ? "{ get }" : absent}`;
  }
  if (new RegExp(`^-\\s*\\(void\\)${name};`, "m").test(text)) return `open func ${name}() {}`;
  if (new RegExp(`^#define ${name} @"\\w+"$`, "m").test(text)) return `public let ${name} = ""`;
  const begins = [...text.matchAll(/^- \(instancetype\)init(With\w+:.*);$/gm)].map(([, all = ""]) => parametersOf(all));
  const found = begins.find((each) => `init${each.map(({ label }) => `${label}:`).join("")}` === name);
  if (found === undefined) return null;
  const parameters = found.map(
    ({ label, type }) =>
      `${label.replace(/^With([A-Z])/, (_, first: string) => first.toLowerCase())}: ${swiftType(type)}`,
  );
  return `public init(${parameters.join(", ")}) ${absent}`;
}

/** `WithName:(NSString *)name returnType:(T *)type` by its labels. */
const parametersOf = (text: string): readonly { readonly label: string; readonly type: string }[] =>
  [...text.matchAll(/(\w+):\(([^)]*)\)\w+/g)].map(([, label = "", type = ""]) => ({ label, type }));

function ofSwift(text: string, name: string): string | null {
  const alias = new RegExp(`^public (typealias ${name} = .*)$`, "m").exec(text)?.[1];
  if (alias !== undefined) return `public ${alias}`;
  const property = new RegExp(`^ {4}(var ${name}: .*)$`, "m").exec(text)?.[1];
  if (property !== undefined) return property;
  const heads = [...text.matchAll(new RegExp(`^ {4}(func ${name}\\([^<{]*) \\{$`, "gm"))].map(([, head]) => head);
  return heads.length === 0 ? null : heads.map((head) => `public ${head} ${absent}`).join("\n");
}

/**
 * Writes a Swift module that declares a slice of Capacitor's interface for plugins, from Capacitor's own headers and Swift sources. Throws where Capacitor has
 * no such member.
 */
export function makeCapacitorSwift(sources: string, slices: readonly CapacitorSlice[], file: string): void {
  const written = slices.map(({ file: name, type, members }) => {
    const text = readFileSync(join(sources, name), "utf8");
    const isProtocol = type?.startsWith("protocol") ?? false;
    const lines = members.map((member) => {
      const line = name.endsWith(".h") ? ofHeader(text, member, isProtocol) : ofSwift(text, member);
      if (line === null) throw new Error(`Capacitor's ${name} has no ${member}`);
      return line;
    });
    if (type === null) return lines.join("\n");
    const initializer = type === "class CAPPlugin" ? "override public init() {}\n" : "";
    const head = isProtocol ? `public ${type}: NSObjectProtocol` : `open ${type}: NSObject`;
    return `${head} {\n${initializer}${lines.join("\n")}\n}`.replace(/^open protocol/, "public protocol");
  });
  writeFileSync(file, ["import Foundation", "import WebKit", ...written, ""].join("\n"));
}
