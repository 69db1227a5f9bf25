import { encodeBase64, toUtf8 } from "@countersign/protocol";
import type { Agent } from "../agent.ts";
import type { AgentError } from "../errors.ts";
import { type AppBody, textsOf, toAppBody } from "./app-body.ts";
import { type Gate, install } from "./install.ts";
import { domError } from "./platform-error.ts";
import { platformEvent, progressEvent } from "./platform-event.ts";
import { createRouting, type Routing } from "./routing.ts";
import type { Protection, ProtectOptions, Scope } from "./scope.ts";
import { XhrTransfer } from "./xhr-transfer.ts";

interface Opened {
  /** Of the user and password it was opened with; what the app sets of `Authorization` comes first. */
  readonly basic: string | null;
  readonly method: string;
  readonly url: string;
  readonly isAsync: boolean;
  /** By name in lower case; repeated ones are joined, as the standard has it. */
  readonly headers: Map<string, readonly [string, string]>;
  mimeType: string | null;
}

function headersOf({ basic, headers }: Opened): (readonly [string, string])[] {
  const own = [...headers.values()];
  return basic === null || headers.has("authorization") ? own : [...own, ["Authorization", basic]];
}

/** Members that this class shows in the platform's stead while the agent sends. */
const shown = [
  "readyState",
  "status",
  "statusText",
  "response",
  "responseText",
  "responseXML",
  "responseURL",
  "responseType",
  "timeout",
] as const;

type Shown = (typeof shown)[number];

/** What a platform keeps as fields of the object (React Native's) instead of behind getters of its class. */
const fields = new WeakMap<object, Map<string, unknown>>();

function keepField(xhr: object, name: string, value: unknown): void {
  const kept = fields.get(xhr) ?? new Map<string, unknown>();
  fields.set(xhr, kept.set(name, value));
}

/**
 * The class that takes the platform's place. It is a subclass: what is not the agent's is the platform's own in every member, and what wraps
 * the platform's class or listens on it goes on working.
 */
function createClass(
  agent: Agent,
  scope: Scope,
  routing: Routing,
  gate: Gate,
  Platform: typeof XMLHttpRequest,
): typeof XMLHttpRequest {
  const platformFetch = scope.fetch?.bind(scope);

  class ProtectedXMLHttpRequest extends Platform {
    #opened: Opened | null = null;
    #transfer: XhrTransfer | null = null;
    /** Between `send` and the word whose it is: it may time out, or be given up, and is then the one that is shown. */
    #waiting: XhrTransfer | null = null;
    countersignError: AgentError | null = null;

    constructor() {
      super();
      for (const name of shown) {
        const descriptor = Object.getOwnPropertyDescriptor(this, name);
        if (descriptor === undefined || !("value" in descriptor)) continue;
        keepField(this, name, descriptor.value);
        delete (this as Partial<Record<Shown, unknown>>)[name];
      }
    }

    #platform(name: Shown): unknown {
      const kept = fields.get(this);
      return kept?.has(name) === true ? kept.get(name) : Reflect.get(Platform.prototype, name, this);
    }

    #setPlatform(name: Shown, value: unknown): void {
      if (fields.get(this)?.has(name) === true) keepField(this, name, value);
      else Reflect.set(Platform.prototype, name, value, this);
    }

    override open(...call: unknown[]): void {
      this.#transfer?.drop();
      this.#transfer = null;
      this.#waiting?.drop();
      this.#waiting = null;
      this.countersignError = null;
      Reflect.apply(super.open, this, call);
      const [method, url, isAsync, user, password] = call;
      const headers = new Map<string, readonly [string, string]>();
      const isUser = typeof user === "string" && user !== "";
      const pair = isUser ? encodeBase64(toUtf8(`${user}:${typeof password === "string" ? password : ""}`)) : null;
      this.#opened = {
        basic: pair === null ? null : `Basic ${pair}`,
        method: String(method),
        url: String(url),
        isAsync: call.length < 3 || Boolean(isAsync),
        headers,
        mimeType: null,
      };
    }

    override setRequestHeader(name: string, value: string): void {
      this.#assertUnsent();
      super.setRequestHeader(name, value);
      const { headers } = this.#opened ?? { headers: new Map<string, readonly [string, string]>() };
      const key = String(name).toLowerCase();
      const before = headers.get(key);
      const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
      headers.set(key, before === undefined ? [String(name), text] : [before[0], `${before[1]}, ${text}`]);
    }

    override overrideMimeType(mime: string): void {
      if ((this.#transfer?.readyState() ?? 0) >= 3) throw domError(scope, "InvalidStateError", "the body is here");
      super.overrideMimeType(mime);
      if (this.#opened !== null) this.#opened.mimeType = String(mime);
    }

    override send(...call: [(XMLHttpRequestBodyInit | Document | null)?]): void {
      this.#assertUnsent();
      const opened = this.#opened;
      const [body] = call;
      const pass = (): void => Reflect.apply(super.send, this, call);
      if (opened === null || !gate.isOpen()) {
        pass();
        return;
      }
      const texts = headersOf(opened).map(([, value]) => value);
      const verdict = routing.isOurs(opened.url, [...texts, ...textsOf(body)]);
      if (verdict === false) {
        pass();
        return;
      }
      // A page or app that waits with its one thread would wait for ever: nothing of the agent could run.
      if (!opened.isAsync) throw domError(scope, "NetworkError", "a protected host cannot be asked synchronously");
      const transfer = this.#createTransfer();
      if (verdict === true) {
        this.#sendByAgent(transfer, opened, body);
        return;
      }
      this.#waiting = transfer;
      transfer.armTimeout();
      verdict
        .then((isOurs) => {
          if (this.#waiting !== transfer) return;
          if (isOurs) {
            this.#sendByAgent(transfer, opened, body);
            return;
          }
          pass();
          transfer.drop();
          this.#waiting = null;
        })
        .catch((error: unknown) => {
          if (this.#show(transfer)) transfer.fail(error);
        });
    }

    /** Whether a transfer is the one that is shown now. */
    #show(transfer: XhrTransfer): boolean {
      if (this.#waiting === transfer) {
        this.#waiting = null;
        this.#transfer = transfer;
      }
      return this.#transfer === transfer;
    }

    #assertUnsent(): void {
      if (this.#waiting !== null || this.#transfer !== null)
        throw domError(scope, "InvalidStateError", "the request was sent");
    }

    #createTransfer(): XhrTransfer {
      const transfer: XhrTransfer = new XhrTransfer(scope, {
        fire: (type, loaded, total) => {
          if (type === "error") this.countersignError = transfer.error();
          if (this.#show(transfer)) this.dispatchEvent(progressEvent(scope, type, { loaded, total }));
        },
        fireUpload: (type, loaded, total) => {
          if (this.#show(transfer)) this.upload.dispatchEvent(progressEvent(scope, type, { loaded, total }));
        },
        readyStateChange: () => {
          if (this.#show(transfer)) this.dispatchEvent(platformEvent(scope, "readystatechange"));
        },
        responseType: () => this.responseType,
        timeoutMs: () => this.timeout,
        mimeType: () => this.#opened?.mimeType ?? null,
      });
      return transfer;
    }

    #sendByAgent(transfer: XhrTransfer, opened: Opened, given: unknown): void {
      this.#waiting = null;
      this.#transfer = transfer;
      const hasBody = !/^(get|head)$/i.test(opened.method);
      let asBody: AppBody;
      try {
        asBody = toAppBody(scope, hasBody ? given : null, platformFetch);
      } catch (error) {
        transfer.fail(error);
        return;
      }
      const { body, contentType } = asBody;
      const headers = headersOf(opened);
      if (contentType !== null && !opened.headers.has("content-type")) headers.push(["Content-Type", contentType]);
      const url = routing.resolve(opened.url).replace(/#.*$/s, "");
      void transfer.send(agent, { url, method: opened.method, headers, body });
    }

    override abort(): void {
      // As a request in flight that nothing was heard of yet.
      if (this.#waiting !== null) this.#show(this.#waiting);
      if (this.#transfer === null) super.abort();
      else this.#transfer.abort();
    }

    override getResponseHeader(name: string): string | null {
      if (this.#transfer === null) return super.getResponseHeader(name);
      return this.#transfer.response()?.header(String(name)) ?? null;
    }

    override getAllResponseHeaders(): string {
      if (this.#transfer === null) return super.getAllResponseHeaders();
      return this.#transfer.response()?.allHeaders() ?? "";
    }

    /** One of the shown members, while the agent sends; undefined where the platform is to say. */
    read(name: Shown): unknown {
      const transfer = this.#transfer;
      if (transfer === null || name === "responseType" || name === "timeout") return this.#platform(name);
      const response = transfer.response();
      const type = this.responseType;
      const isText = type === "" || type === "text";
      switch (name) {
        case "readyState":
          return transfer.readyState();
        case "status":
          return transfer.status();
        case "statusText":
          return "";
        case "responseURL":
          return transfer.url();
        case "response":
          return isText ? (response?.text() ?? "") : (response?.object(type) ?? null);
        case "responseText":
          if (!isText) throw domError(scope, "InvalidStateError", "responseType is not text");
          return response?.text() ?? "";
        case "responseXML":
          if (type !== "" && type !== "document") {
            throw domError(scope, "InvalidStateError", "responseType is not document");
          }
          return response?.document(type) ?? null;
      }
    }

    write(name: Shown, value: unknown): void {
      if (name === "responseType" && (this.#transfer?.readyState() ?? 0) >= 3) {
        throw domError(scope, "InvalidStateError", "the body is here");
      }
      this.#setPlatform(name, value);
      if (name === "timeout") (this.#transfer ?? this.#waiting)?.armTimeout();
    }
  }

  const { read, write } = ProtectedXMLHttpRequest.prototype;
  for (const name of ["read", "write"]) Reflect.deleteProperty(ProtectedXMLHttpRequest.prototype, name);
  const complete = new WeakSet<object>();
  const Front = class XMLHttpRequest extends ProtectedXMLHttpRequest {
    constructor() {
      super();
      complete.add(this);
    }
  };
  for (const name of shown) {
    Object.defineProperty(ProtectedXMLHttpRequest.prototype, name, {
      configurable: true,
      enumerable: true,
      get(this: ProtectedXMLHttpRequest) {
        return complete.has(this) ? Reflect.apply(read, this, [name]) : fields.get(this)?.get(name);
      },
      // A platform's constructor that assigns its fields comes here before the object is whole.
      set(this: ProtectedXMLHttpRequest, value: unknown) {
        if (complete.has(this)) Reflect.apply(write, this, [name, value]);
        else keepField(this, name, value);
      },
    });
  }
  return Front;
}

/**
 * Puts the agent in front of a scope's `XMLHttpRequest`. A request that is not the agent's is the platform's own, sent with the very same
 * arguments; one that is fails with the event `error` and `countersignError`. Null where there is none.
 */
export function protectXmlHttpRequest(
  agent: Agent,
  scope: Scope = globalThis,
  options: ProtectOptions = {},
): Protection | null {
  return install(agent, scope, "XMLHttpRequest", (platform, gate) =>
    createClass(agent, scope, createRouting(agent, scope, options), gate, platform),
  );
}
