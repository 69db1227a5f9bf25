import { attestedFacts } from "@countersign/protocol";
import { judged, notEvaluated, type Rule } from "../rule.ts";
import { restsOnDevelopmentKey } from "./development.ts";

/** A browser brings no evidence of app or device: whatever it proves, it is never trusted by default. */
export const webRules: readonly Rule[] = [
  {
    name: "web_origin",
    reason: "origin_unregistered",
    effect: "refuse",
    platforms: ["web"],
    judge: ({ facts: all, references }) => {
      const facts = attestedFacts(all);
      if (facts?.platform !== "web") return notEvaluated;
      const origins = references?.web?.origins ?? [];
      return judged(facts.origin !== null && origins.includes(facts.origin), origins.join(", "), facts.origin);
    },
  },
  {
    name: "web_evidence",
    reason: "web_untrusted",
    effect: "restrict",
    platforms: ["web"],
    judge: ({ facts }) =>
      restsOnDevelopmentKey(facts) ? notEvaluated : judged(false, "evidence of app and device", "a browser"),
  },
];
