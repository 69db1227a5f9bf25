/** What every asynchronous call of the Expo module answers: a native error loses its code on the way, so a fault is an answer too. */
interface Answer {
  readonly value?: unknown;
  readonly fault?: { readonly code?: unknown } | null;
}

const refusal = (code: unknown): Error => Object.assign(new Error("the native half refused"), { code });

function unwrap(answer: Answer | null | undefined): unknown {
  if (answer?.fault !== undefined && answer.fault !== null) throw refusal(answer.fault.code);
  if (answer?.value === undefined) throw refusal(undefined);
  return answer.value;
}

/** The module as `NativeBridge` has it: values alone, and faults thrown as an object with `code`. What is answered at once goes through. */
export function unwrapFaults<T extends object>(module: T): T {
  return new Proxy(module, {
    get(target, name) {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== "function") return call;
      return (...given: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(call, target, given);
        return answer instanceof Promise ? answer.then(unwrap) : answer;
      };
    },
  });
}
