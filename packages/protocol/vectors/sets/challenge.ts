import {
  challengeMacInput,
  checkWork,
  concatBytes,
  encodeBase64url,
  fromUtf8,
  parseChallenge,
  tag,
  toUtf8,
  u32,
} from "@countersign/protocol";
import { type ChallengeMint, deriveKey, mintChallenge, sha256 } from "@countersign/protocol/server";
import { judgeChallenge } from "../judges.ts";
import { type Vector, type VectorSet, vectorOf } from "../vector.ts";
import { androidInstance, draw16, nowMs, otherProject, project, serviceSeed } from "../world.ts";

/** The first work that satisfies a challenge, counting up. */
function findWork(challenge: Uint8Array): Uint8Array | null {
  const fields = parseChallenge(challenge);
  if (!fields.ok || fields.value.workBits === 0) return null;
  for (let count = 0; ; count += 1) {
    const work = concatBytes(new Uint8Array(4), u32(count));
    if (checkWork(sha256, fields.value, work)) return work;
  }
}

function challengeVector(
  name: string,
  expected: string,
  mint: Partial<ChallengeMint> & Pick<ChallengeMint, "kind" | "random">,
  judged: { project?: Uint8Array; nowMs?: number; work?: Uint8Array } = {},
): Vector {
  const scope = mint.kind === "open" ? new Uint8Array(16) : androidInstance;
  const minted = { project, scope, generation: 3, seed: serviceSeed, nowMs, ...mint };
  const challenge = mintChallenge(minted);
  const work = judged.work ?? findWork(challenge);
  const context = { project: judged.project ?? project, nowMs: judged.nowMs ?? nowMs, serviceSeed, generation: 3 };
  return vectorOf({
    name,
    expected,
    inputs: {
      kind: mint.kind,
      project,
      scope,
      generation: 3,
      serviceSeed,
      issuedAtMs: minted.nowMs,
      lifetimeSeconds: mint.lifetimeSeconds ?? (mint.kind === "open" ? 120 : 3600),
      workBits: mint.workBits ?? 0,
      random: mint.random,
      work,
      judgedProject: context.project,
      judgedAtMs: context.nowMs,
    },
    steps: {
      keyInfo: tag("challenge-key"),
      key: deriveKey(serviceSeed, "challenge-key"),
      macInput: challengeMacInput(project, scope, challenge.slice(0, 28)),
      challenge,
    },
    travels: { text: toUtf8(encodeBase64url(challenge)) },
    judge: (travels) => judgeChallenge(fromUtf8(travels.text ?? challenge) ?? "", scope, work, context),
  });
}

export function challenge(): VectorSet {
  const open = { kind: "open", random: draw16(40) } as const;
  const continuing = { kind: "continuing", random: draw16(41) } as const;
  return {
    set: "challenge",
    about: "Section 4: 60 bytes, their MAC, their time, their work. The ledger is not part of it.",
    vectors: [
      challengeVector("open", "ok", open),
      challengeVector("continuing", "ok", continuing),
      challengeVector("open with work", "ok", { ...open, workBits: 9 }),
      challengeVector(
        "work that falls short",
        "challenge_invalid",
        { ...open, workBits: 9 },
        { work: new Uint8Array(8).fill(255) },
      ),
      challengeVector("of another project", "challenge_invalid", open, { project: otherProject }),
      challengeVector("last good millisecond", "ok", open, { nowMs: nowMs + 124_999 }),
      challengeVector("first bad millisecond", "challenge_expired", open, { nowMs: nowMs + 125_000 }),
      challengeVector("from the near future", "ok", open, { nowMs: nowMs - 5000 }),
      challengeVector("from the future", "challenge_expired", open, { nowMs: nowMs - 5001 }),
    ],
  };
}
