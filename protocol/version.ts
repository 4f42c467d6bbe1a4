/** Raised whenever an older helper could not answer a newer caller, or the other way round. */
export const protocolVersion = 1;
