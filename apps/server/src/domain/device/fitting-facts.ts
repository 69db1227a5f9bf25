import { type AttestedFacts, attestedFacts, type Facts } from "@countersign/protocol";

/** Texts of evidence that a credential can carry and its reader takes (facts of protocol section 8). */
const factCharacters = 128;

/**
 * What is kept of facts at enrolment. A shared user id puts other packages of the signer into the evidence: they say nothing of this app. A
 * version text past any that a store takes is as good as none.
 */
export function keptFacts(facts: AttestedFacts, registeredPackage: string | null): Facts {
  if (facts.platform === "ios") {
    return { ...facts, osVersion: bounded(facts.osVersion), bundleVersion: bounded(facts.bundleVersion) };
  }
  if (facts.platform !== "android") return facts;
  return {
    ...facts,
    packages: facts.packages.filter((each) => each.name === registeredPackage).slice(0, 1),
    signingDigests: [...new Set(facts.signingDigests)],
  };
}

/** The facts without what can be long: a credential of these fits, whatever was registered and attested. */
export function leastFacts(all: Facts): Facts {
  const facts = attestedFacts(all);
  if (facts === null) return all;
  switch (facts.platform) {
    case "ios":
      return { ...facts, osVersion: null, bundleVersion: null };
    case "android":
      return { ...facts, packages: [], signingDigests: [], verifiedBootKey: null };
    case "web":
      return { ...facts, origin: null };
  }
}

function bounded(text: string | null): string | null {
  return text !== null && text.length > factCharacters ? null : text;
}
