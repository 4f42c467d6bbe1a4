/** The closed list of what can go wrong between an operator and a host. */
export const opsErrorKinds = [
  "badInput",
  "hostUnreachable",
  "connectionLost",
  "hostKeyUnknown",
  "hostKeyMismatch",
  "hostKeyRevoked",
  "hostKeyCaOnly",
  "hostKeyUnreadable",
  "authFailed",
  "privilegeFailed",
  "stagingFailed",
  "helperMissing",
  "protocolMismatch",
  "protocolViolation",
  "permissionDenied",
  "preconditionChanged",
  "refused",
  "locked",
  "noSpace",
  "readOnly",
  "notFound",
  "alreadyExists",
  "stateDamaged",
  "timedOut",
  "cancelled",
  "bug",
] as const;

export type OpsErrorKind = (typeof opsErrorKinds)[number];

/**
 * A failure that was foreseen. The message says what happened and what state things are
 * in now; `nextStep` says what to do. Neither holds a secret or unescaped host text.
 */
export class OpsError extends Error {
  readonly kind: OpsErrorKind;
  readonly nextStep: string;
  /** Structured facts for the view that shows it, for example fingerprints. */
  readonly data: Readonly<Record<string, string>>;

  constructor(
    kind: OpsErrorKind,
    message: string,
    options: {
      readonly nextStep?: string;
      readonly data?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OpsError";
    this.kind = kind;
    this.nextStep = options.nextStep ?? "";
    this.data = options.data ?? {};
  }

  /** True for an OpsError, of one of the kinds when some are given. */
  static is(error: unknown, ...kinds: readonly OpsErrorKind[]): error is OpsError {
    return error instanceof OpsError && (kinds.length === 0 || kinds.includes(error.kind));
  }
}
