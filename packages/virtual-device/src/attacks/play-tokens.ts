import { type PlayFindings, toPlayVerdict } from "../play/verdict.ts";
import { createVirtualPlay, type VirtualPlay } from "../play/virtual-play.ts";
import type { Attack } from "./attack.ts";
import { everySecret } from "./every-secret.ts";
import { createExchange } from "./exchange.ts";
import { assertSession } from "./genuine-session.ts";
import type { AttackLab } from "./lab.ts";
import { createRawInstance } from "./raw-instance.ts";

interface PlayAttack {
  readonly name: string;
  readonly attack: string;
  /** The first reason of the refusal. */
  readonly reason: string;
  /** What Play finds other than on a genuine device with the registered app. */
  readonly findings?: (genuine: PlayFindings) => Partial<PlayFindings>;
  /** What the token is bound to. Default: the statement it comes with. */
  readonly binding?: string;
  /** Default: the lab's. */
  readonly google?: () => VirtualPlay;
}

/** An enrolment with good key attestation whose Play Integrity token gives the attacker away. */
function playAttack({ name, attack, reason, findings, binding, google }: PlayAttack): Attack {
  return {
    name,
    platform: "android",
    attack,
    expected: { kind: "refused", code: reason },
    run: async (lab) => {
      const exchange = createExchange(lab);
      const genuine = lab.play.findings();
      const found = { ...genuine, ...findings?.(genuine) };
      const maker = google?.() ?? lab.play.google;
      const instance = createRawInstance({
        configuration: lab.play.configuration,
        device: lab.pixel(),
        exchange,
        playToken: (own) => maker.classicToken(toPlayVerdict(found, { nonce: binding ?? own })),
      });
      return exchange.outcome(await instance.enrol({ asks: everySecret(lab) }));
    },
  };
}

export const playTokenLeftOut: Attack = {
  name: "play-token-left-out",
  platform: "android",
  attack: "An altered app leaves out the Play Integrity token that the project demands.",
  expected: { kind: "refused", code: "play_missing" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const { configuration } = lab.play;
    const instance = createRawInstance({ configuration, device: lab.pixel(), exchange });
    return exchange.outcome(await instance.enrol({ asks: everySecret(lab) }));
  },
};

export const playTokenReused: Attack = {
  name: "play-token-reused",
  platform: "android",
  attack: "A Play Integrity token that a genuine enrolment brought is sent again with another.",
  expected: { kind: "refused", code: "play_token_reused" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    let recorded = "";
    const makeToken = (binding: string): string => {
      recorded = lab.play.google.classicToken(toPlayVerdict(lab.play.findings(), { nonce: binding }));
      return recorded;
    };
    assertSession(await toInstance(lab, exchange, makeToken).enrol(), "the genuine device");
    const thief = toInstance(lab, exchange, () => recorded);
    return exchange.outcome(await thief.enrol({ asks: everySecret(lab) }));
  },
};

function toInstance(
  lab: AttackLab,
  exchange: ReturnType<typeof createExchange>,
  playToken: (binding: string) => string,
): ReturnType<typeof createRawInstance> {
  return createRawInstance({ configuration: lab.play.configuration, device: lab.pixel(), exchange, playToken });
}

export const playTokenForAnother = playAttack({
  name: "play-token-for-another",
  attack: "A Play Integrity token that a genuine device made for another statement is relayed.",
  reason: "play_nonce_mismatch",
  binding: Buffer.alloc(32, 7).toString("base64url"),
});

export const playOtherPackage = playAttack({
  name: "play-other-package",
  attack: "The token comes from the attacker's own app, which Play knows well.",
  reason: "play_request_package_mismatch",
  findings: () => ({ packageName: "com.example.clone" }),
});

export const playBorrowedName = playAttack({
  name: "play-borrowed-name",
  attack: "The attacker's own app asks Play for the token in the registered app's name.",
  reason: "play_package_mismatch",
  findings: ({ packageName }) => ({ requestPackageName: packageName, packageName: "com.example.clone" }),
});

export const playTestAnswer = playAttack({
  name: "play-test-answer",
  attack: "A tester's answer from the Play Console says that everything is well.",
  reason: "play_testing_response",
  findings: () => ({ testing: true }),
});

export const playOldToken = playAttack({
  name: "play-old-token",
  attack: "A Play Integrity token is kept back for an hour.",
  reason: "play_token_too_old",
  findings: ({ nowMs }) => ({ nowMs: nowMs - 3_600_000 }),
});

export const playUnevaluated = playAttack({
  name: "play-unevaluated",
  attack: "A device that Play does not trust brings a verdict that judges nothing.",
  reason: "play_app_unevaluated",
  findings: () => ({ appVerdict: "UNEVALUATED", deviceLabels: [] }),
});

export const playForgedToken = playAttack({
  name: "play-forged-token",
  attack: "The attacker makes a token in Google's form under keys of their own.",
  reason: "play_token_undecryptable",
  google: createVirtualPlay,
});
