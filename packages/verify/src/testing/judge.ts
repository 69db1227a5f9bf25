import type { RequestView } from "../request-view.ts";
import type { Verification } from "../verification.ts";
import type { Verifier } from "../verifier.ts";
import type { VerifierOptions } from "../verifier-options.ts";
import { type SettingName, settingNames, toOptions } from "./settings.ts";

const settingHeader = "x-corpus-setting";
const runHeader = "x-corpus-run";

/** All the verifiers of the corpus behind one: a request names its own, and its verification is kept under the run's name. */
export interface Judge {
  readonly verifier: Pick<Verifier, "verify">;
  /** The lines that send a request to a verifier. */
  linesOf(setting: SettingName, run: string): readonly (readonly [string, string])[];
  /** What `onVerification` told of a run. */
  told(run: string): Verification | undefined;
}

const headerOf = (view: RequestView, name: string): string =>
  view.headers.find(([each]) => each.toLowerCase() === name)?.[1] ?? "";

/** Verifiers of their own, with memories of their own: what one server has seen is new to the next. */
export function createJudge(createVerifier: (options: VerifierOptions) => Verifier): Judge {
  const told = new Map<string, Verification>();
  const onVerification = (verification: Verification, view: RequestView): void => {
    told.set(headerOf(view, runHeader), verification);
  };
  const verifiers = new Map(
    settingNames.map((name) => [name as string, createVerifier({ ...toOptions(name), onVerification })]),
  );
  return {
    verifier: {
      verify(view) {
        const verifier = verifiers.get(headerOf(view, settingHeader));
        if (verifier === undefined) throw new TypeError("the request names no setting");
        return verifier.verify(view);
      },
    },
    linesOf: (setting, run) => [
      [settingHeader, setting],
      [runHeader, run],
    ],
    told: (run) => told.get(run),
  };
}
