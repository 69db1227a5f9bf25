import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { checkObjectiveC, generateSpec, hasReactNative, linkHeaders } from "./check-objc.ts";
import { swiftFolder } from "./compile-swift.ts";

const own = join(import.meta.dirname, "../../packages/react-native");
const start = join(own, "ios/ReactNative/Start");
const module = join(own, "ios/ReactNative/Module/CountersignTurboModule.mm");
const load = join(start, "CountersignLoad.m");
const isAbsent = swiftFolder === null || !hasReactNative;

describe.skipIf(isAbsent && !requireAll)(
  "the TurboModule for iOS under React Native's own headers and codegen (needs testing/native/install-swift.sh and the example app's packages)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-objc-"));
    let include: readonly string[];
    let headers: string;
    beforeAll(() => {
      include = [start, generateSpec(join(own, "spec"), folder)];
      headers = linkHeaders(join(folder, "headers"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("is all that codegen asks of it, without a warning", () => {
      expect(checkObjectiveC(module, include, headers)).toEqual([]);
    });

    it("sets React Native's provider of configurations as its header declares it", () => {
      expect(checkObjectiveC(load, include, headers)).toEqual([]);
    });

    it.each([
      [
        "a method that codegen asks for and is missing",
        module,
        /- \(NSString \*\)identity\n\{[\s\S]*?\n\}\n/,
        "",
        "method 'identity' in protocol",
      ],
      [
        "an answer of another type",
        module,
        "- (NSNumber *)continuousMs",
        "- (double)continuousMs",
        "conflicting return type",
      ],
      ["a call that Swift's class does not declare", module, "[_calls identity:", "[_calls identify:", "identify"],
      [
        "another name of the provider",
        load,
        "RCTSetCustomNSURLSessionConfigurationProvider(",
        "RCTSetCustomURLSessionConfigurationProvider(",
        "RCTSetCustomURLSessionConfigurationProvider",
      ],
    ])("finds %s", (_what, file, from, to, said) => {
      const text = readFileSync(file, "utf8");
      const changed = text.replace(from, to);
      expect(changed).not.toBe(text);
      expect(checkObjectiveC(file, include, headers, changed).join()).toContain(said);
    });
  },
);

/** Methods that a header declares, `+begin`, of each class. */
function declared(text: string): Readonly<Record<string, readonly string[]>> {
  const classes = [...text.matchAll(/@interface (\w+)[\s\S]*?@end/g)];
  return Object.fromEntries(
    classes.map(([body, name = ""]) => [
      name,
      [...body.matchAll(/^([+-]) \([^)]*\)(.*);$/gm)].map(([, kind = "", rest = ""]) => {
        const labels = [...rest.replaceAll(/\([^()]*\([^()]*\)[^()]*\([^()]*\)\)|\([^()]*\)/g, "").matchAll(/(\w+):/g)];
        return kind + (labels.length === 0 ? rest : labels.map(([label]) => label).join(""));
      }),
    ]),
  );
}

/** The same of Swift's classes, as `@objc(…)` names them. */
function exposed(text: string): Readonly<Record<string, readonly string[]>> {
  const name = /@objc\((\w+)\)\s+public final class/.exec(text)?.[1] ?? "";
  const methods = [...text.matchAll(/@objc\(([\w:]+)\)\s+public (static )?func/g)];
  return { [name]: methods.map(([, selector = "", isStatic]) => (isStatic === undefined ? "-" : "+") + selector) };
}

describe("what Objective-C is told of Swift by hand", () => {
  it("has every method that Swift gives it, and no other", () => {
    const folder = join(own, "ios/ReactNative");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".swift"));
    const swift = files.map((name) => exposed(readFileSync(join(folder, name), "utf8")));
    const header = declared(readFileSync(join(start, "CountersignSwift.h"), "utf8"));
    expect(header).toEqual(Object.assign({}, ...swift));
    expect(header).toEqual({
      CountersignStart: ["+begin", "+networkConfiguration"],
      CountersignCalls: ["-call:of:answer:", "-identity:", "-randomBytes:", "-continuousMs", "-close"],
    });
  });
});
