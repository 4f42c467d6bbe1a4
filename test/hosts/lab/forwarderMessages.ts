/** What a Lab tells its forwarder child; the listening socket travels beside `listen` as a handle. */
export type ForwarderRequest =
  | { readonly kind: "listen"; readonly id: number; readonly address: string; readonly port: number }
  | { readonly kind: "close" };

export type ForwarderReply = { readonly kind: "ready" } | { readonly kind: "listening"; readonly id: number };
