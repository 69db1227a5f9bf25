import { decodeBase64url } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import { severeSignals } from "../signals/signals.ts";
import { type Check, demand } from "./check.ts";

const isRevision = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

/** What the native half says of itself and its process, its generator, its clock, and its storage. */
export const processChecks: readonly Check[] = [
  {
    name: "says what it runs on, and which build of the app it is in",
    run: async ({ identity }) => {
      const { platform, version, build, bundle } = identity;
      demand(platform === "ios" || platform === "android", `the platform is ${String(platform)}`);
      demand(typeof version === "string" && version !== "", "there is no version");
      demand(typeof build === "string" && build !== "", "there is no build");
      demand(bundle === null || decodeBase64url(bundle)?.length === 32, "the bundle's hash is no SHA-256");
    },
  },
  {
    name: "draws bytes that never repeat",
    run: async ({ random }) => {
      const drawn = Array.from({ length: 64 }, () => random(16));
      demand(new Set(drawn).size === drawn.length, "two draws are the same");
      demand(
        drawn.every((text) => decodeBase64url(text)?.length === 16),
        "a draw has another length",
      );
    },
  },
  {
    name: "draws as many bytes as the longest secret needs",
    run: async ({ random }) => {
      const length = 2 * limits.secretValueBytes;
      demand(decodeBase64url(random(length), length) !== null, "a long draw has another length");
    },
  },
  {
    name: "has a clock that never goes back",
    run: async ({ clock, bridge }) => {
      const before = clock.continuousMs();
      await bridge.read({ name: "native-check" });
      demand(clock.continuousMs() >= before, "the clock went back");
    },
  },
  {
    name: "says which detectors ran, and nothing of one that did not",
    run: async ({ bridge }) => {
      const { detectors, seen } = await bridge.observe();
      demand(Object.keys(detectors).length > 0, "no detector ran");
      demand(Object.values(detectors).every(isRevision), "a revision is no whole number");
      for (const { name, count, ageSeconds } of seen) {
        demand(typeof name === "string" && name !== "", "a signal has no name");
        demand(isRevision(count) && Number.isFinite(ageSeconds) && ageSeconds >= 0, `${name} has no count or age`);
      }
    },
  },
  {
    name: "sees nothing severe on this phone",
    run: async ({ bridge }) => {
      const { seen } = await bridge.observe();
      const severe = seen.map(({ name }) => name).filter((name) => severeSignals.includes(name));
      demand(severe.length === 0, `it sees ${severe.join(", ")}`);
    },
  },
  {
    name: "stores a text, replaces it, and forgets it",
    run: async ({ bridge, random }) => {
      const name = `native-check-${random(6)}`;
      const texts = ["", "ä\u0000🛰\n", random(16).repeat(12_000)];
      try {
        demand((await bridge.read({ name })).value === null, "a name that was never written has a text");
        for (const value of texts) {
          await bridge.write({ name, value });
          demand((await bridge.read({ name })).value === value, `a text of ${value.length} characters came back other`);
        }
      } finally {
        await bridge.remove({ name });
      }
      demand((await bridge.read({ name })).value === null, "what was removed is still there");
      await bridge.remove({ name });
    },
  },
];
