import {
  type AwsProcessor,
  type HmacProcessor,
  type Processor,
  parseAwsCredentials,
  parseMacKey,
  parseTemplate,
  type SecretTerms,
  type UseBudget,
} from "@countersign/broker";
import type { Place } from "@countersign/protocol";
import { parseHeaderName } from "./header-name.ts";
import type { Ruled } from "./rule.ts";
import { accept, refused, ruled } from "./rule.ts";

const MOST_BUDGETS = 8;
const MOST_HEADERS = 8;
const MOST_UNITS = 1_000_000_000_000;
const YEAR_SECONDS = 366 * 86_400;
const LONGEST_TEMPLATE = 1024;

const isCount = (value: number, most: number): boolean => Number.isSafeInteger(value) && value >= 1 && value <= most;

function checkTemplate(text: string): Ruled<string> {
  return text.length <= LONGEST_TEMPLATE && parseTemplate(text) !== null
    ? ruled(text)
    : refused(
        "A template has at most 1024 characters and these fields: {method}, {host}, {path}, {query}, {target}, {body}, {body_sha256}, {timestamp}, {timestamp_ms}, {iso_time}, {http_date}, {nonce}, {header:NAME}.",
      );
}

function checkBudget(budget: UseBudget): Ruled<UseBudget> {
  const { limit, perCall, windowSeconds } = budget;
  if (!isCount(limit, MOST_UNITS) || !isCount(perCall, limit)) {
    return refused(
      "A budget's limit is a whole number from 1 to 10^12, and what a call draws one from 1 to the limit.",
    );
  }
  return isCount(windowSeconds, YEAR_SECONDS)
    ? ruled(budget)
    : refused("A budget's window is a whole number of seconds from 1 to 366 days.");
}

function checkAws(path: string, processor: AwsProcessor): AwsProcessor {
  for (const name of ["region", "service"] as const) {
    if (!/^[a-z0-9-]{1,48}$/.test(processor[name])) {
      accept(
        `${path}/${name}`,
        refused("A region and a service are named as AWS signs them, for example `eu-central-1` and `s3`."),
      );
    }
  }
  return processor;
}

function checkProcessor(path: string, processor: Processor): Processor {
  return processor.kind === "hmac" ? checkHmac(path, processor) : checkAws(path, processor);
}

function checkHmac(path: string, processor: HmacProcessor): HmacProcessor {
  accept(`${path}/message`, checkTemplate(processor.message));
  const names = Object.keys(processor.headers);
  if (names.length > MOST_HEADERS || new Set(names.map((name) => name.toLowerCase())).size !== names.length) {
    accept(`${path}/headers`, refused(`Set at most ${MOST_HEADERS} headers, each once.`));
  }
  for (const [name, template] of Object.entries(processor.headers)) {
    accept(`${path}/headers`, parseHeaderName(name));
    accept(`${path}/headers`, checkTemplate(template));
  }
  return processor;
}

/** Terms that the broker can keep, or `invalid_input` for the member at fault. */
export function acceptTerms(path: string, { processor, budgets }: SecretTerms): SecretTerms {
  if (budgets.length > MOST_BUDGETS)
    accept(`${path}/budgets`, refused(`A secret has at most ${MOST_BUDGETS} budgets.`));
  const checked = budgets.map((budget, index) => accept(`${path}/budgets/${index}`, checkBudget(budget)));
  if (new Set(checked.map(({ of, windowSeconds }) => `${of} ${windowSeconds}`)).size !== checked.length) {
    accept(`${path}/budgets`, refused("Two budgets count the same use in the same window; leave one out."));
  }
  return {
    processor: processor === null ? null : checkProcessor(`${path}/processor`, processor),
    budgets: checked,
  };
}

/** Whether what is to be made of a value can be made of this one, and go where it is to go; null for a value that is not known before it is minted. */
export function checkProcessed<V extends Uint8Array | null>(
  value: V,
  terms: SecretTerms | null,
  places: readonly Place[],
): Ruled<V> {
  const processor = terms?.processor ?? null;
  const text = value === null ? null : Buffer.from(value).toString("utf8");
  if (processor === null) return ruled(value);
  if (processor.kind === "aws-sigv4") {
    const isPlaced = places.every(
      (place) => place.in === "header" && place.name.toLowerCase() === "authorization" && (place.prefix ?? "") === "",
    );
    if (!isPlaced) return refused("A signature of AWS goes into the header `authorization`, without a prefix.");
    return text !== null && parseAwsCredentials(text) === null
      ? refused(
          'The value is keys of AWS and is to be JSON on one line: {"accessKeyId": "…", "secretAccessKey": "…"}, with "sessionToken" where there is one.',
        )
      : ruled(value);
  }
  return text !== null && parseMacKey(text, processor.key) === null
    ? refused(`The value is the key of a MAC and is to be ${processor.key} text.`)
    : ruled(value);
}
