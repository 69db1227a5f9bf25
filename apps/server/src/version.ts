/** The version of this service, equal to its package's. */
export const version = "0.1.0";
