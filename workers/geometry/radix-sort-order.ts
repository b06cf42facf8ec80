const DIGIT_BITS = 11;

/** The stable order that sorts unsigned keys of up to `keyBits` bits; linear in their number. */
export function radixSortOrder(keys: Uint32Array, keyBits: number): Uint32Array {
  const count = keys.length;
  let order = new Uint32Array(count);
  let sorted = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const offsets = new Uint32Array((1 << DIGIT_BITS) + 1);
  const mask = (1 << DIGIT_BITS) - 1;
  for (let shift = 0; shift < keyBits; shift += DIGIT_BITS) {
    offsets.fill(0);
    for (let i = 0; i < count; i++) offsets[((keys[i]! >>> shift) & mask) + 1]!++;
    for (let d = 0; d <= mask; d++) offsets[d + 1]! += offsets[d]!;
    for (let i = 0; i < count; i++) {
      const item = order[i]!;
      sorted[offsets[(keys[item]! >>> shift) & mask]!++] = item;
    }
    [order, sorted] = [sorted, order];
  }
  return order;
}
