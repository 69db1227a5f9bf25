/** Why a change locks an installed version out, in the order in which they are looked for; each with what it means. */
export const lockoutReasons = {
  app_removed: "The app is not registered any more: its statements are refused.",
  platform_removed: "The app is not registered for this platform any more.",
  identity_removed: "The App ID, package, signing certificate or origin of this build is not registered any more.",
  release_withdrawn: "The release is withdrawn.",
  release_expired: "The release expires.",
  release_unregistered: "Only listed releases count, and this one is not listed, or evidence does not name it.",
  detector_missing: "A detector is demanded that did not run in this version.",
  manifest_too_large: "The manifest is larger than this version's agent reads: it takes none.",
  manifest_unreadable: "The manifest has more APIs, pins, roots, secrets or places than this version's agent reads.",
  channel_unknown: "This version's agent does not know the channel: it refuses the host.",
  proof_unknown: "This version's agent does not know the proof: it refuses the host.",
  binding_unknown:
    "This version's agent does not know how tokens are bound: it refuses the host, or backends its tokens.",
  limited_use_unknown: "This version's agent does not know that a token counts once: backends refuse its second use.",
  channel_not_on_platform: "A browser cannot hold a connection to pins or managed roots: it refuses the host.",
  root_refused: "The live chain is not good for the managed roots.",
  pin_absent: "No declared pin is in the live chain.",
  api_removed: "The host is not protected any more: requests to it carry no token and no secret.",
  place_removed: "A secret is not filled any more where this version has its placeholder.",
  place_unknown: "A secret is filled by a rule that this version's agent does not know: it leaves the placeholder.",
} as const satisfies Record<string, string>;

export type LockoutReason = keyof typeof lockoutReasons;
