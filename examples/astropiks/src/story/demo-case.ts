/** One row of the story. `verdict` and `arc` are null where the answer is a problem or the agent's own typed error; `reason` is then its code. */
export interface DemoCase {
  readonly name: string;
  readonly platform: "ios" | "android" | "any";
  /** What the attacker does; null where nobody attacks. */
  readonly attack: string | null;
  readonly verdict: "trusted" | "restricted" | "refused" | null;
  readonly arc: string | null;
  readonly reason: string | null;
  /** Whether whoever acts here got the key: the app where it is genuine, the attacker where there is one. */
  readonly secretDelivered: boolean;
  /** The third party's last status; null where nothing got there. */
  readonly upstreamStatus: number | null;
}

/** What a rotation did to running apps. */
export interface DemoRotation {
  /** An app that watches: from the operator's call answered to a session with the new key, and the status of the next fetch. */
  readonly watched: {
    readonly milliseconds: number;
    readonly withinOneSecond: boolean;
    readonly upstreamStatus: number;
  };
  /** An app that does not: what it gets with the old key, and after its next refresh. */
  readonly unwatched: { readonly beforeRefresh: number; readonly afterRefresh: number };
  /** From delivered to brokered: the next session holds no value, and fetches go on. */
  readonly brokered: { readonly secretDelivered: boolean; readonly upstreamStatus: number };
}

/** What an app has of the key in one mode: whether a value is on its device, and what its next fetch got. */
export interface DemoUse {
  readonly secretDelivered: boolean;
  readonly upstreamStatus: number;
}

/** The same after a switch under a running app that watches: from the operator's call answered to a session in the new mode. */
export interface DemoSwitch extends DemoUse {
  readonly milliseconds: number;
}

/** What switching the key's mode did to running apps. */
export interface DemoModes {
  readonly brokered: DemoSwitch;
  /** A second app, while the verdict decided. */
  readonly restricted: DemoUse & { readonly verdict: string | null };
  /** Soon after the other switch: a watching app refreshes at most once in five seconds. */
  readonly delivered: DemoSwitch;
}

/** What was told, and every promise that was not kept. */
export interface Story {
  readonly cases: readonly DemoCase[];
  /** Null where it could not be told to its end. */
  readonly rotation: DemoRotation | null;
  /** Null where it could not be told to its end. */
  readonly modes: DemoModes | null;
  readonly broken: readonly string[];
}
