import { describe, expect, it } from "vitest";
import { AgentError } from "./errors.ts";
import { settle } from "./testing/fake-time.ts";
import { createTestBed } from "./testing/test-agent.ts";
import { valuesOf } from "./values/app-values.ts";

/** Numbers that look random, the same for a seed. */
function numbersOf(seed: number): (below: number) => number {
  let state = Math.imul(seed, 2_654_435_761);
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 374_761_393) | 0;
    return (state >>> 0) % below;
  };
}

/** One life of an agent: calls, wipes, signals, lost and late answers, in an order that follows from the seed. Gives what must not be. */
async function live(seed: number): Promise<readonly string[]> {
  const upTo = numbersOf(seed);
  const bed = createTestBed();
  const values = valuesOf(bed.agent);
  const url = `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
  const wrong: string[] = [];
  const held: (() => void)[] = [];
  const calls: Promise<unknown>[] = [];
  let isInBackground = false;
  let isTold = false;

  const release = (): void => {
    for (const each of held.splice(0)) each();
  };
  const sometimes = async (): Promise<void> => {
    if (upTo(2) === 0) await settle();
  };
  const { prove } = bed.keys;
  const { write } = bed.storage;
  Object.assign(bed.keys, {
    prove: async (...given: Parameters<typeof prove>) => sometimes().then(() => prove.apply(bed.keys, given)),
  });
  Object.assign(bed.storage, {
    write: async (...given: Parameters<typeof write>) => sometimes().then(() => write.apply(bed.storage, given)),
  });
  bed.service.middleman = async (_call, answer) => {
    if (upTo(3) === 0) await new Promise<void>((resolve) => held.push(resolve));
    return upTo(6) === 0 ? null : answer;
  };
  bed.service.decide = ({ signals, asks }) => {
    if (signals.seen.length === 0) return { kind: "session" };
    if (!isTold && asks.secrets.length > 0) wrong.push("the first statement with a severe signal asks for secrets");
    isTold = true;
    return { kind: "refused", retryAfterSeconds: 30 };
  };
  bed.upstream = () => {
    if (isInBackground) wrong.push("a filled request went out in the background");
    if (bed.seen.length > 0) wrong.push("a filled request went out after a severe signal");
    return { status: 200 };
  };
  const call = (ended: Promise<unknown>): void => {
    calls.push(
      ended.catch((error: unknown) => {
        if (!(error instanceof AgentError)) wrong.push("a call failed with no error of the agent");
      }),
    );
  };
  const steps: readonly (() => unknown)[] = [
    () => call(bed.agent.fetch(url)),
    () => call(bed.agent.fetch(url)),
    () => call(bed.agent.refresh()),
    () => call(values.set("note", String(seed))),
    () => call(values.get("note")),
    () => {
      bed.agent.background();
      isInBackground = true;
    },
    () => {
      isInBackground = false;
      bed.agent.foreground();
    },
    () => release(),
    () => bed.time.advance(upTo(2) === 0 ? 901_000 : upTo(40_000)),
    () => settle(),
    async () => {
      if (upTo(5) > 0) return;
      // What was asked of the detectors a moment ago goes out: nothing can be seen sooner than it is there.
      for (let turns = 0; turns < 5; turns += 1) await settle();
      bed.seen.push({ name: "hook", count: 1, ageSeconds: 0 });
    },
  ];
  for (let count = 0; count < 60; count += 1) {
    await Promise.resolve(steps[upTo(steps.length)]?.());
    if (isInBackground && bed.agent.state().session !== null) wrong.push("there is a session in the background");
  }
  isInBackground = false;
  bed.agent.foreground();
  let areOver = false;
  void Promise.all(calls).then(() => {
    areOver = true;
  });
  for (let turns = 0; turns < 200 && !areOver; turns += 1) {
    release();
    await settle();
    await bed.time.advance(10_000);
  }
  bed.agent.stop();
  return areOver ? wrong : [...wrong, "a call never ended"];
}

describe("in whatever order things happen", () => {
  it("nothing filled goes out in the background or after a severe signal, and every call ends", async () => {
    for (let seed = 1; seed <= 120; seed += 1) expect(await live(seed), `seed ${seed}`).toEqual([]);
  });
});
