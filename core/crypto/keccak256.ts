/**
 * Keccak-256 as CryptoNote and Ethereum use it: the padding of the competition's entry,
 * not of the later SHA-3 standard. Lanes are two 32-bit halves, low first.
 */
export function keccak256(message: Uint8Array): Uint8Array {
  const state = new Uint32Array(50);
  const blocks = Math.floor(message.length / rate) + 1;
  const padded = new Uint8Array(blocks * rate);
  padded.set(message);
  padded[message.length] = 0x01;
  padded[padded.length - 1] = (padded[padded.length - 1] ?? 0) | 0x80;
  for (let offset = 0; offset < padded.length; offset += rate) {
    for (let index = 0; index < rate; index += 4) {
      const at = offset + index;
      const word =
        (padded[at] ?? 0) |
        ((padded[at + 1] ?? 0) << 8) |
        ((padded[at + 2] ?? 0) << 16) |
        ((padded[at + 3] ?? 0) << 24);
      state[index >> 2] = (state[index >> 2] ?? 0) ^ word;
    }
    permute(state);
  }
  const digest = new Uint8Array(32);
  for (let index = 0; index < 32; index += 1) digest[index] = ((state[index >> 2] ?? 0) >>> (8 * (index & 3))) & 0xff;
  return digest;
}

const rate = 136;

/** Round constants as low and high halves, from the linear feedback register of the specification. */
const roundConstants: readonly (readonly [low: number, high: number])[] = Array.from({ length: 24 }, (_, round) => {
  let low = 0;
  let high = 0;
  for (let bit = 0; bit < 7; bit += 1) {
    if (!feedbackBit(bit + 7 * round)) continue;
    const position = (1 << bit) - 1;
    if (position < 32) low |= 1 << position;
    else high |= 1 << (position - 32);
  }
  return [low, high] as const;
});

function feedbackBit(step: number): boolean {
  let register = 1;
  for (let count = 0; count < step % 255; count += 1) {
    register <<= 1;
    if (register & 0x100) register ^= 0x171;
  }
  return (register & 1) === 1;
}

function permute(state: Uint32Array): void {
  const lane = (index: number): number => state[index] ?? 0;
  const columns = new Uint32Array(10);
  for (const [constantLow, constantHigh] of roundConstants) {
    // Theta: each lane takes the parity of two neighbouring columns.
    for (let x = 0; x < 10; x += 1) columns[x] = lane(x) ^ lane(x + 10) ^ lane(x + 20) ^ lane(x + 30) ^ lane(x + 40);
    for (let x = 0; x < 5; x += 1) {
      const before = 2 * ((x + 4) % 5);
      const after = 2 * ((x + 1) % 5);
      const [afterLow, afterHigh] = [columns[after] ?? 0, columns[after + 1] ?? 0];
      const low = (columns[before] ?? 0) ^ ((afterLow << 1) | (afterHigh >>> 31));
      const high = (columns[before + 1] ?? 0) ^ ((afterHigh << 1) | (afterLow >>> 31));
      for (let y = 0; y < 50; y += 10) {
        state[y + 2 * x] = lane(y + 2 * x) ^ low;
        state[y + 2 * x + 1] = lane(y + 2 * x + 1) ^ high;
      }
    }
    // Rho and pi: rotate each lane and carry it to its new place.
    let x = 1;
    let y = 0;
    let low = lane(2);
    let high = lane(3);
    for (let step = 0; step < 24; step += 1) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const target = 2 * (x + 5 * y);
      const shift = (((step + 1) * (step + 2)) / 2) % 64;
      const [nextLow, nextHigh] = [lane(target), lane(target + 1)];
      const [rotatedLow, rotatedHigh] = rotateLeft(low, high, shift);
      state[target] = rotatedLow;
      state[target + 1] = rotatedHigh;
      [low, high] = [nextLow, nextHigh];
    }
    // Chi: the only step that is not linear.
    for (let row = 0; row < 50; row += 10) {
      const copy = state.slice(row, row + 10);
      for (let x = 0; x < 10; x += 1)
        state[row + x] = (copy[x] ?? 0) ^ (~(copy[(x + 2) % 10] ?? 0) & (copy[(x + 4) % 10] ?? 0));
    }
    state[0] = lane(0) ^ constantLow;
    state[1] = lane(1) ^ constantHigh;
  }
}

function rotateLeft(low: number, high: number, shift: number): readonly [low: number, high: number] {
  const bits = shift % 32;
  const [first, second] = shift >= 32 ? [high, low] : [low, high];
  if (bits === 0) return [first, second];
  return [(first << bits) | (second >>> (32 - bits)), (second << bits) | (first >>> (32 - bits))];
}
