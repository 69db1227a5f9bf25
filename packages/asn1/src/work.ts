/**
 * How many elements the readers have read in this process. Tests and the fuzzer count by it that work stays proportional to the input,
 * which no clock could show. Nothing is judged by it.
 */
export const work = { derElements: 0 };
