import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { compileKotlin, kotlinLibraries, kotlinSources } from "./compile-kotlin.ts";
import { hasJava, nativeModules } from "./installed.ts";

const core = join(import.meta.dirname, "../../packages/react-native/android/core/src/main/kotlin/dev/countersign/core");

describe.skipIf((!hasJava || nativeModules === null) && !requireAll)(
  "the WebView that runs the core on Android (needs java, testing/native)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "webview-engine-"));
    let said: ReadonlyMap<string, string>;

    beforeAll(() => {
      const sources = ["ScriptEngine", "ScriptHost", "WebViewEngine"].map((name) => join(core, `${name}.kt`));
      const standIns = kotlinSources(join(import.meta.dirname, "kotlin-engine"));
      expect(compileKotlin({ sources: [...sources, ...standIns], classPath: [], into: folder }).errors).toEqual([]);
      const classPath = [folder, ...kotlinLibraries()].join(":");
      const out = execFileSync("java", ["-cp", classPath, "dev.countersign.core.EngineDialogueKt"]).toString("utf8");
      said = new Map(
        out
          .trimEnd()
          .split("\n")
          .map((line) => line.split("\t") as [string, string]),
      );
    }, 120_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("loads its page with the policy that forbids all else, though Chromium asks whether to", () => {
      expect(said.get("page")).toContain("default-src 'none'");
    });

    it("answers every other request itself, and goes nowhere", () => {
      expect([said.get("answered in the network's place"), said.get("stays on its page")]).toEqual(["true", "true"]);
      expect(said.get("given")).toBe("[countersignHost]");
    });

    it("evaluates the script first, then what was told before it was there, then the rest", () => {
      expect(said.get("evaluated")).toBe("[script, typeof countersign, early, late]");
    });

    it("writes nothing of the script's console to the log", () => {
      expect(said.get("keeps its console")).toBe("true");
    });

    it("says so once where its renderer is gone, and keeps nothing that comes later", () => {
      expect(said.get("renderer gone")).toBe("true");
      expect(said.get("after it")).toBe("[destroyed] 1");
      expect(said.get("kept of what came too late")).toBe("[]");
    });

    it("is gone where the WebView cannot run the script: nobody waits for an answer", () => {
      expect(said.get("a script that left nothing")).toBe("1 [script, typeof countersign, destroyed]");
    });
  },
);
