/** What is used of axios: an instance of any 1.x, or its default export. Nothing of it is imported. */
export interface AxiosInstanceLike {
  readonly interceptors: { readonly request: object };
  readonly defaults: object;
  getUri(config: object): string;
  request(config: object): Promise<unknown>;
  create?(config: object): AxiosInstanceLike;
  readonly AxiosError?: unknown;
}

/** A request as an adapter gets it, interceptors and transforms done. */
export interface AxiosConfigLike {
  adapter?: unknown;
  readonly url?: string;
  readonly method?: string;
  readonly headers?: { toJSON?(): Record<string, unknown> } & Record<string, unknown>;
  readonly data?: unknown;
  readonly auth?: { readonly username?: string; readonly password?: string };
  readonly responseType?: string;
  readonly timeout?: number;
  readonly timeoutErrorMessage?: string;
  readonly transitional?: { readonly clarifyTimeoutError?: boolean };
  readonly signal?: AbortSignal;
  readonly cancelToken?: { subscribe(call: () => void): void; unsubscribe(call: () => void): void };
  readonly maxContentLength?: number;
  readonly maxRedirects?: number;
  readonly validateStatus?: ((status: number) => boolean) | null;
  readonly onUploadProgress?: (progress: AxiosProgress) => void;
  readonly onDownloadProgress?: (progress: AxiosProgress) => void;
}

export interface AxiosProgress {
  readonly loaded: number;
  readonly total?: number;
  readonly progress?: number;
  readonly bytes: number;
  readonly lengthComputable: boolean;
  readonly upload?: true;
  readonly download?: true;
}

export interface AxiosResponseLike {
  readonly data: unknown;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly config: AxiosConfigLike;
  readonly request: unknown;
}
