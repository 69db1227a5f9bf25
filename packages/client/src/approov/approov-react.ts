import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { ApproovService } from "./approov-types.ts";

export interface ApproovProviderProps {
  /** Of `createApproovService`: the one difference from the other product's provider. */
  readonly service: ApproovService;
  readonly config: string;
  readonly comment?: string | null;
  /** Called before `initialize`. */
  readonly onInit?: () => void | Promise<void>;
  readonly children?: ReactNode;
}

/** What `useApproov` gives. */
export interface ApproovStatusView {
  /** Whether `initialize` succeeded. */
  readonly approovReady: boolean;
  /** What the last `initialize` failed with, else null. */
  readonly approovError: unknown;
  /** How often `initialize` succeeded. */
  readonly approovInitCount: number;
}

const before: ApproovStatusView = { approovReady: false, approovError: null, approovInitCount: 0 };
const Context = createContext<{ readonly view: ApproovStatusView; readonly service: ApproovService } | null>(null);

/** Initializes a service when it is mounted. The agent stays after it is gone, as there. */
export function ApproovProvider({ service, config, comment, onInit, children }: ApproovProviderProps): ReactElement {
  const [view, setView] = useState(before);
  const first = useRef(onInit);
  useEffect(() => {
    let isMounted = true;
    const initialize = async (): Promise<void> => {
      await first.current?.();
      await service.initialize(config, comment ?? null);
    };
    initialize().then(
      () => {
        if (!isMounted) return;
        setView(({ approovInitCount }) => ({ ...before, approovReady: true, approovInitCount: approovInitCount + 1 }));
      },
      (error: unknown) => {
        if (isMounted) setView((view) => ({ ...view, approovError: error }));
      },
    );
    return () => {
      isMounted = false;
    };
  }, [service, config, comment]);
  const value = useMemo(() => ({ view, service }), [view, service]);
  return createElement(Context.Provider, { value }, children);
}

function useProvided(): { readonly view: ApproovStatusView; readonly service: ApproovService } {
  const provided = useContext(Context);
  if (provided === null) throw new TypeError("no ApproovProvider is above this component");
  return provided;
}

/** @throws TypeError outside an ApproovProvider. */
export function useApproov(): ApproovStatusView {
  return useProvided().view;
}

/** Shows nothing; says in the service's log how the provider's `initialize` goes. */
export function ApproovMonitor(): null {
  const { view, service } = useProvided();
  const { approovReady, approovError } = view;
  useEffect(() => {
    const failed = approovError instanceof Error ? approovError.message : "unknown";
    const text = approovReady ? "ready" : "starting";
    service.logMessage(`ApproovProvider: ${approovError === null ? text : `error: ${failed}`}`);
  }, [service, approovReady, approovError]);
  return null;
}
