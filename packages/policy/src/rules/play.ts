import { attestedFacts, type Facts, type PlayFacts, type PlayLabel } from "@countersign/protocol";
import type { AppraisalInput, PlayState } from "../input.ts";
import { type Judgement, judged, notEvaluated, type Rule } from "../rule.ts";

const defaultLabels: readonly PlayLabel[] = ["device"];

/** Play as it came with this enrolment, where the project's mode is `mode`. A session brings none. */
function onToken(mode: "observe" | "require"): Rule["judge"] {
  return ({ settings, play }) =>
    settings.play !== mode || play == null ? notEvaluated : { ...toJudgement(play), ...reasonOf(play) };
}

function toJudgement({ state }: PlayState): Judgement {
  return judged(state === "verified", "a verified token", state);
}

function reasonOf(play: PlayState): Pick<Judgement, "reason"> {
  return play.state === "refused" ? { reason: play.reason } : {};
}

/** What Play said at the enrolment that the facts are of, where the project demands Play. */
function onRecord(judge: (play: PlayFacts, input: AppraisalInput) => Judgement): Rule["judge"] {
  return (input) => {
    const play = playOf(input.facts);
    return input.settings.play === "require" && play !== undefined ? judge(play, input) : notEvaluated;
  };
}

function playOf(facts: Facts | null): PlayFacts | undefined {
  const attested = attestedFacts(facts);
  return attested?.platform === "android" ? attested.play : undefined;
}

/** Play Integrity, which stands beside the key attestation and never in its place. Off by default: nothing is evaluated then. */
export const playRules: readonly Rule[] = [
  {
    name: "play_required",
    reason: "play_missing",
    effect: "refuse",
    platforms: ["android"],
    judge: onToken("require"),
  },
  {
    name: "play_recorded",
    reason: "facts_missing",
    effect: "renew",
    platforms: ["android"],
    judge: ({ settings, play, facts }) =>
      settings.play !== "require" || play != null || attestedFacts(facts) === null
        ? notEvaluated
        : judged(playOf(facts) !== undefined, "an enrolment with Play", playOf(facts) === undefined ? "none" : "one"),
  },
  {
    name: "play_device",
    reason: "play_device_unrecognized",
    effect: "refuse",
    platforms: ["android"],
    judge: onRecord(({ labels }, { settings }) => {
      const demanded = settings.playLabels ?? defaultLabels;
      const met = demanded.length > 0 && demanded.every((label) => labels.includes(label));
      return judged(met, demanded.join(", "), labels.join(", "));
    }),
  },
  {
    name: "play_testing",
    reason: "play_testing_response",
    effect: "refuse",
    platforms: ["android"],
    judge: onRecord(({ testing }) => judged(!testing, "no test answer", testing ? "a test answer" : "none")),
  },
  {
    name: "play_observed",
    reason: "play_missing",
    effect: "note",
    platforms: ["android"],
    judge: onToken("observe"),
  },
];
