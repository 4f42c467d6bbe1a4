/** How far away an address is: the host itself, a network of its owner, or anybody's. */
export type AddressScope = "unspecified" | "loopback" | "private" | "public";

/** @param address textual IPv4 or IPv6, as SocketFact has it */
export function addressScope(address: string): AddressScope {
  if (address === "" || address === "0.0.0.0" || address === "::") return "unspecified";
  const octets = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(address);
  if (octets) {
    const [first, second] = [Number(octets[1]), Number(octets[2])];
    if (first === 127) return "loopback";
    // RFC 1918, link-local, and the shared space that carriers and overlays use (RFC 6598).
    if (first === 10 || (first === 192 && second === 168) || (first === 172 && second >= 16 && second <= 31))
      return "private";
    return (first === 169 && second === 254) || (first === 100 && second >= 64 && second <= 127) ? "private" : "public";
  }
  const text = address.toLowerCase();
  if (text === "::1") return "loopback";
  return /^f[cd]/.test(text) || /^fe[89ab]/.test(text) ? "private" : "public";
}
