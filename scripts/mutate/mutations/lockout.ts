import { type Mutation, mutationsOf } from "../mutation.ts";

const domain = "apps/server/src/domain";
const room = `${domain}/lockout`;
const group = { table: "lockout_reason", tests: [`${room}/simulate.test.ts`] } as const;

const versions = mutationsOf({ ...group, file: `${room}/refused-version.ts` }, [
  ["app_removed", "that an app is registered", `  app_registered: "app_removed",\n`, ""],
  ["platform_removed", "that a platform is registered", `  platform_registered: "platform_removed",\n`, ""],
  ["identity_removed/app-id", "the App ID of a build", `  apple_app_id: "identity_removed",\n`, ""],
  ["identity_removed/package", "the package of a build", `  android_package: "identity_removed",\n`, ""],
  [
    "identity_removed/certificate",
    "the signing certificate of a build",
    `  android_signing_digest: "identity_removed",\n`,
    "",
  ],
  ["identity_removed/origin", "the origin of a page", `  web_origin: "identity_removed",\n`, ""],
  ["release_withdrawn", "that a release is not withdrawn", `  release_not_withdrawn: "release_withdrawn",\n`, ""],
  ["release_expired", "that a release has not expired", `  release_not_expired: "release_expired",\n`, ""],
  [
    "release_expired/ahead",
    "ends of releases that are ahead",
    "const times = [nowMs, ...ends.filter((endMs) => endMs > nowMs).toSorted((a, b) => a - b)];",
    "const times = [nowMs, ...ends.slice(0, 0)];",
  ],
  ["release_unregistered", "that a release is listed", `  release_registered: "release_unregistered",\n`, ""],
  [
    "release_withdrawn/updated",
    "that an updated Android app enrols again",
    `  return refusing(checksOf({ ...version, attested: version.build }, world, atMs, "enrol"));`,
    `  return "release_withdrawn";`,
  ],
  ["detector_missing", "that demanded detectors ran", `  detectors_ran: "detector_missing",\n`, ""],
]);

const agents = mutationsOf({ ...group, file: `${room}/refused-host.ts` }, [
  ["manifest_too_large", "the size of a manifest", "if (bytes > sdk.manifestBytes)", "if (false as boolean)"],
  [
    "manifest_unreadable",
    "how much of a manifest an agent reads",
    "return isBeyond ? ",
    "return (false as boolean) && isBeyond ? ",
  ],
  [
    "channel_unknown",
    "that an agent knows the channel",
    "if (!sdk.channels.some((known) => known === channel))",
    "if (false as boolean)",
  ],
  [
    "proof_unknown",
    "that an agent knows the proof",
    "if (proof !== undefined && !sdk.proofs.includes(proof))",
    "if (false as boolean)",
  ],
  [
    "binding_unknown",
    "that an agent binds as backends expect",
    "if (token !== undefined && bindsOtherwise(token, sdk))",
    "if (false as boolean)",
  ],
  [
    "binding_unknown/one-value",
    "that one value is bound alike either way",
    "return sdk.bindings.length > 0 || bind.length > 1;",
    "return true;",
  ],
  [
    "limited_use_unknown",
    "that an agent knows of tokens that count once",
    "if (token?.limitedUse === true && !sdk.limitedUse)",
    "if (false as boolean)",
  ],
  [
    "channel_not_on_platform",
    "that browsers hold no connection to pins or roots",
    `if (platform === "web" && channel !== "system")`,
    "if (false as boolean)",
  ],
  [
    "root_refused",
    "that the live chain is good for the managed roots",
    `if ((channel === "roots" || channel === "both") && roots !== true)`,
    "if (false as boolean)",
  ],
  [
    "pin_absent",
    "that a pin is in the live chain",
    `if ((channel === "pins" || channel === "both") && pins.length === 0)`,
    "if (false as boolean)",
  ],
]);

const lost = mutationsOf({ ...group, file: `${room}/lost-place.ts` }, [
  [
    "api_removed",
    "what a host loses with its API",
    `filled.length > 0 ? "api_removed" : null`,
    `filled.length > 0 ? null : null`,
  ],
  [
    "place_removed",
    "the places that code relies on",
    "  if (lost.length === 0) return null;",
    "  if (lost.length >= 0) return null;",
  ],
  [
    "place_unknown",
    "that an agent knows how a place is filled",
    "isCovered(each, next.filter(isKnown))",
    "isCovered(each, next)",
  ],
]);

const whole = mutationsOf({ ...group, file: `${room}/simulate.ts` }, [
  [
    "app_removed/already",
    "that what is refused already is not named",
    "  if (was !== null && was.fromMs <= nowMs) return [];\n",
    "",
  ],
  [
    "pin_absent/already",
    "that a host which is refused already is not named",
    "    if (hostRefusal(address, before, version, known) !== null) return [];\n",
    "",
  ],
  [
    "pin_absent/out-of-reach",
    "that a host which no device trusts is not named",
    "    if (isOutOfReach(address, before) || isOutOfReach(address, after)) return [];\n",
    "",
  ],
  [
    "root_refused/shared-roots",
    "that the roots of every API count for each",
    "return JSON.stringify([api.channel, api.pins.toSorted(), rootsOf(world)]);",
    "return JSON.stringify([api.channel, api.pins.toSorted(), api.roots.toSorted()]);",
    { file: `${room}/touched-hosts.ts`, tests: [`${room}/touched-hosts.test.ts`] },
  ],
]);

const fleet = mutationsOf(
  { ...group, file: `${domain}/device/fleet-notes.ts`, tests: [`${domain}/device/fleet-notes.test.ts`] },
  [
    [
      "release_withdrawn/genuine-alone",
      "that the record holds genuine instances alone",
      `return decision.verdict !== "refused";`,
      `return decision.verdict !== "nothing" as string;`,
    ],
    [
      "release_withdrawn/refused-too",
      "that a version which is refused for its release is recorded",
      `check.result !== "fail" || !ofVersion.has(check.name)`,
      "true",
    ],
    [
      "release_withdrawn/bounded",
      "that made-up versions are bounded between two writings",
      "noted === undefined && notes.size >= options.capacity",
      "false",
    ],
  ],
);

/** Who a change would lock out, and whom the record of the fleet holds. */
export const lockoutMutations: readonly Mutation[] = [...versions, ...agents, ...lost, ...whole, ...fleet];
