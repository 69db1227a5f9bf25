import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { IosFunction, IosSurface } from "./read-ios-types.ts";
import { splitList } from "./split-list.ts";

/** A declaration of a stand-in, as far as it is compared with the platform's. */
export interface StandIn {
  readonly file: string;
  /** `func`, `init`, `let`, `var`, `case`, or that of a type. */
  readonly kind: string;
  /** With labels where it is a method: `attestKey(_:clientDataHash:)`. */
  readonly name: string;
  /** The type that it is a member of; null at the top. */
  readonly of: string | null;
  readonly isAsync: boolean;
  readonly parameters: readonly string[];
  /** What it gives, or a value's type; empty where nothing is said. */
  readonly gives: string;
}

const head =
  /^( *)((?:@\w+ |nonisolated\(unsafe\) )*)(?:public |open |case |extension )((?:static |final |class (?=var|func)|convenience |override )*)(func|init|let|var|class|struct|enum|protocol|typealias)?\s*`?([\w.]+)?/;

function toStandIn(text: string, file: string, of: string | null): StandIn | null {
  const match = head.exec(text);
  if (match === null) return null;
  const isCase = / *case /.test(text.slice(0, (match[1]?.length ?? 0) + 5)) && match[4] === undefined;
  const kind = isCase ? "case" : (match[4] ?? "extension");
  const name = kind === "init" ? "init" : (match[5] ?? "");
  const open = text.indexOf("(", match[0].length - (kind === "init" ? 1 : 0));
  if (kind !== "func" && kind !== "init") {
    const gives = /:\s*([^={]+)/.exec(text.slice(match[0].length))?.[1]?.trim() ?? "";
    return { file, kind, name, of, isAsync: false, parameters: [], gives };
  }
  let depth = 0;
  let close = open;
  for (; close < text.length; close += 1) {
    if (text.charAt(close) === "(") depth += 1;
    if (text.charAt(close) === ")") depth -= 1;
    if (depth === 0) break;
  }
  const given = splitList(text.slice(open + 1, close));
  const labels = given.map((each) => /^(\w+)/.exec(each)?.[1] ?? "");
  const after = text.slice(close + 1);
  return {
    file,
    kind,
    name: of === null ? name : `${name}(${labels.map((label) => `${label}:`).join("")})`,
    of,
    isAsync: /^\s*async\b/.test(after),
    parameters: given.map((each) =>
      each
        .slice(each.indexOf(":") + 1)
        .replace(/@escaping|\bany\b/, "")
        .trim(),
    ),
    gives: /->\s*([^{]+)/.exec(after)?.[1]?.trim() ?? "",
  };
}

/** What a stand-in declares. Each begins a line; members are indented by two. */
export function readStandIns(file: string): readonly StandIn[] {
  const lines = readFileSync(file, "utf8").split("\n");
  let of: string | null = null;
  let isProtocol = false;
  return lines.flatMap((line, index) => {
    const isTop = /^(?:@|public|open|extension|nonisolated)/.test(line);
    if (isTop) of = null;
    // What a protocol asks for is as public as it is.
    let whole = isProtocol && !isTop ? line.replace(/^ {2}(?=func |var )/, "  public ") : line;
    for (
      let next = index + 1;
      whole.trimEnd().endsWith("(") || (whole.match(/\(/g) ?? []).length > (whole.match(/\)/g) ?? []).length;
      next += 1
    ) {
      if (next >= lines.length) break;
      whole = `${whole.trimEnd()} ${(lines[next] ?? "").trim()}`;
    }
    const found = toStandIn(whole, basename(file, ".swift"), isTop ? null : of);
    if (found === null) return [];
    if (isTop && /^(?:class|struct|enum|protocol|extension)$/.test(found.kind)) {
      isProtocol = found.kind === "protocol";
      of = found.kind === "extension" ? (/^extension ([\w.]+)/.exec(line)?.[1] ?? null) : found.name;
    }
    return found.kind === "extension" ? [] : [found];
  });
}

const numbers = /^(?:U?Int(?:8|16|32|64)?|Double|OSStatus|CFTypeID|CFIndex|CC_LONG|clockid_t)$/;

/** Whether what Swift spells so is what the platform declares so; null or not is compared apart. */
function isOfKind(swift: string, declared: string): boolean {
  const plain = swift
    .replace(/[?!]$/, "")
    .replace(/^\((.*)\)$/, (whole, inside: string) => (inside.includes("->") ? inside : whole));
  if (/^\(.*=>/.test(declared)) return swift.includes("->") || /^sec_protocol_\w+_t$/.test(plain);
  if (declared.includes("interop.Unmanaged")) return plain.startsWith("Unmanaged<");
  if (declared.includes("interop.Pointer"))
    return /^(?:Unsafe(?:Mutable)?(?:Raw)?Pointer\b.*|OpaquePointer|SecRandomRef)$/.test(plain);
  const object = /^NSObject & OS_(\w+)/.exec(declared)?.[1];
  if (object !== undefined) {
    const bridged: Readonly<Record<string, string>> = {
      dispatch_data: "__DispatchData",
      dispatch_queue: "DispatchQueue",
    };
    return plain === (bridged[object] ?? `${object}_t`);
  }
  const base = declared
    .replace(/\s*\| null$/, "")
    .replace(" | any[]", "")
    .replace(/<.*>$/, "");
  switch (base) {
    case "any":
      return !numbers.test(plain) && plain !== "Bool";
    case "number":
      return numbers.test(plain);
    case "boolean":
      return plain === "Bool";
    case "string":
      return ["CFString", "String", "SecKeyAlgorithm", "CFTypeRef"].includes(plain);
    case "void":
      return plain === "" || plain === "Void";
    default:
      return plain === base || plain === base.replace(/^NS/, "") || plain === base.replace(/^NS/, "CF");
  }
}

function fits(swift: string, declared: string): boolean {
  if (!isOfKind(swift, declared)) return false;
  // Headers that say nothing of null are taken as never null there, and come as `!`; pointers may always be null there.
  if (declared.includes("interop.Pointer") || swift.endsWith("!")) return true;
  return swift.endsWith("?") === /\| null>?$/.test(declared);
}

function isDeclaredFunction({ kind, parameters, gives }: StandIn, declared: IosFunction): boolean {
  return (
    parameters.length === declared.parameters.length &&
    parameters.every((each, index) => fits(each, declared.parameters[index] ?? "")) &&
    (kind === "init" || fits(gives, declared.gives))
  );
}

/** Of `(p1: NSData | null, p2: NSError | null) => void`, which Swift makes asynchronous: what the call gives, the error apart. */
function givenLater(handler: string): readonly string[] {
  const given = [...handler.matchAll(/p\d: ([^,)]+)/g)].map(([, type = ""]) => type);
  const isThrown = given.at(-1)?.startsWith("NSError") === true;
  return isThrown ? given.slice(0, -1).map((each) => each.replace(/\s*\| null$/, "")) : given;
}

function isDeclaredMethod(each: StandIn, declared: IosFunction): boolean {
  if (!each.isAsync) return isDeclaredFunction(each, declared);
  const later = givenLater(declared.parameters.at(-1) ?? "");
  const parameters = declared.parameters.slice(0, -1);
  if (later.length === 1) return isDeclaredFunction(each, { parameters, gives: later[0] ?? "" });
  const tuple = splitList(each.gives.replace(/^\(|\)$/g, ""));
  return tuple.length === later.length && isDeclaredFunction({ ...each, gives: "" }, { parameters, gives: "void" });
}

function isHeld(each: StandIn, surface: IosSurface, renamed: Readonly<Record<string, string>>): boolean {
  if (each.of === null && each.kind === "func") {
    const declared = surface.functions.get(each.name);
    return declared !== undefined && isDeclaredFunction(each, declared);
  }
  const own = each.of === null ? each.name : `${each.of}.${each.name}`;
  // Of every struct and class over one value.
  if (/\.(?:rawValue|init\(rawValue:\))$/.test(own)) return true;
  const [type = "", member] = (renamed[own] ?? own).split(".");
  if (renamed[own] !== undefined && member === undefined) return surface.values.has(type) || surface.types.has(type);
  if (member !== undefined) {
    const declared = surface.types.get(type)?.get(member);
    if (declared === undefined) return false;
    return (each.kind !== "func" && each.kind !== "init") || (declared !== null && isDeclaredMethod(each, declared));
  }
  const value = surface.values.get(type);
  if (each.kind === "let" || each.kind === "var") {
    // The value of such a constant is a call: `nw_connection_state_t(rawValue: 1)`.
    const isOfEnum = surface.types.get(type.replace(/_[a-z]+$/, "_t"))?.has(type) === true;
    return isOfEnum || (value !== undefined && fits(each.gives, value));
  }
  // What CoreFoundation counts has a function that names its kind; what libdispatch does is an object of that name.
  return (
    surface.types.has(type) ||
    surface.functions.has(`${type}GetTypeID`) ||
    surface.types.has(type.replace(/^(.*)_t$/, "OS_$1"))
  );
}

/** Declarations of stand-ins that the platform does not have, or has with other parameters or another result. `renamed` says what stands for what. */
export function unheldStandIns(
  declarations: readonly StandIn[],
  surface: IosSurface,
  renamed: Readonly<Record<string, string>>,
): readonly string[] {
  const unheld = declarations.filter((each) => !isHeld(each, surface, renamed));
  return unheld.map(({ file, of, name }) => `${file}: ${of === null ? "" : `${of}.`}${name}`);
}

/** Stand-ins of what is newer than this version of iOS: no source may use it without asking, and none asks. */
export function newerThanIos(
  oldest: number,
  declarations: readonly StandIn[],
  surface: IosSurface,
  renamed: Readonly<Record<string, string>>,
): readonly string[] {
  const names = declarations.map(({ of, name }) => (of === null ? name : `${of}.${name}`));
  return names.filter((name) => (surface.since.get(renamed[name] ?? name) ?? 0) > oldest);
}
