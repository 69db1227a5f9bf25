import { expect, it } from "vitest";
import { createAborter, eitherAbort } from "./abort.ts";

it("calls back once, at once where it fired already, and never a call that was taken back", () => {
  const aborter = createAborter();
  const calls: string[] = [];
  aborter.handle.onAbort(() => calls.push("kept"));
  aborter.handle.onAbort(() => calls.push("taken back"))();
  aborter.abort();
  aborter.abort();
  aborter.handle.onAbort(() => calls.push("late"));
  expect(calls).toEqual(["kept", "late"]);
});

it("joins two handles: either fires it, and taking a call back takes it from both", () => {
  const one = createAborter();
  const other = createAborter();
  const joined = eitherAbort(one.handle, other.handle);
  const calls: string[] = [];
  joined.onAbort(() => calls.push("kept"));
  const undo = joined.onAbort(() => calls.push("taken back"));
  undo();
  expect(joined.aborted).toBe(false);
  other.abort();
  expect([joined.aborted, calls]).toEqual([true, ["kept"]]);
});
