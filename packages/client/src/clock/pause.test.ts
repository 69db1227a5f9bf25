import { expect, it } from "vitest";
import { createAborter } from "../abort.ts";
import { createFakeTime } from "../testing/fake-time.ts";
import { pause } from "./pause.ts";

it("leaves nothing on the abort handle once it ended, and ends early where that fires", async () => {
  const time = createFakeTime();
  const { handle, abort } = createAborter();
  let held = 0;
  const counting = {
    get aborted() {
      return handle.aborted;
    },
    onAbort(call: () => void) {
      held += 1;
      const undo = handle.onAbort(call);
      return () => {
        held -= 1;
        undo();
      };
    },
  };
  const first = pause(time.timers, 1000, counting);
  await time.advance(1000);
  await first;
  expect(held).toBe(0);
  const second = pause(time.timers, 1000, counting);
  abort();
  await second;
});
