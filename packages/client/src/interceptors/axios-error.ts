import type { AxiosConfigLike, AxiosInstanceLike, AxiosResponseLike } from "./axios-instance.ts";

/** The part of axios' own error class that is used. */
type AxiosErrorClass = new (
  message: string,
  code: string,
  config: AxiosConfigLike,
  request: unknown,
  response?: AxiosResponseLike,
) => Error;

/** An error that passes axios' own tests, where its class cannot be had. */
class LikeAxiosError extends Error {
  readonly isAxiosError = true;
  readonly code: string;
  readonly config: AxiosConfigLike;
  readonly request: unknown;
  readonly response?: AxiosResponseLike;
  readonly status?: number;
  constructor(message: string, code: string, config: AxiosConfigLike, request: unknown, response?: AxiosResponseLike) {
    super(message);
    this.name = "AxiosError";
    this.code = code;
    this.config = config;
    this.request = request;
    if (response !== undefined) {
      this.response = response;
      this.status = response.status;
    }
  }
}

/**
 * The error class of the axios that an instance is of. An instance does not show it; but it throws one where it is asked for an adapter that
 * does not exist, before anything is sent.
 */
export async function errorClassOf(instance: AxiosInstanceLike): Promise<AxiosErrorClass> {
  if (typeof instance.AxiosError === "function") return instance.AxiosError as AxiosErrorClass;
  try {
    await instance.create?.({ adapter: "countersign-none" }).request({ url: "https://countersign.invalid/" });
  } catch (error) {
    if ((error as { isAxiosError?: unknown }).isAxiosError === true)
      return (error as Error).constructor as AxiosErrorClass;
  }
  return LikeAxiosError;
}
