/**
 * How many chunks, attributes, characters and fields the readers of manifests have looked at in this process. Tests and the fuzzer count by it that work stays
 * proportional to the input, which no clock could show. Nothing is judged by it.
 */
export const manifestWork = { steps: 0 };
