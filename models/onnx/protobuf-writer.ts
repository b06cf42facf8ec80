/** Appends protobuf fields to a growing buffer: what the ONNX format needs of the wire format, nothing more. */
export class ProtobufWriter {
  private buffer = new Uint8Array(1 << 12);
  private view = new DataView(this.buffer.buffer);
  private size = 0;

  /** The bytes so far; a view that the next write may leave behind. */
  finish(): Uint8Array {
    return this.buffer.subarray(0, this.size);
  }

  /** A field of type int32, int64, bool or enum. Negative values take ten bytes, as the wire format wants. */
  int(field: number, value: number | bigint): void {
    this.varint((field << 3) | 0);
    this.varint(typeof value === 'bigint' || value < 0 ? BigInt.asUintN(64, BigInt(value)) : value);
  }

  /** A field of type float. */
  float(field: number, value: number): void {
    this.varint((field << 3) | 5);
    this.reserve(4);
    this.view.setFloat32(this.size, value, true);
    this.size += 4;
  }

  string(field: number, value: string): void {
    this.bytes(field, Buffer.from(value, 'utf8'));
  }

  bytes(field: number, value: Uint8Array): void {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.size);
    this.size += value.length;
  }

  /** A nested message. */
  message(field: number, write: (nested: ProtobufWriter) => void): void {
    const nested = new ProtobufWriter();
    write(nested);
    this.bytes(field, nested.finish());
  }

  private varint(value: number | bigint): void {
    this.reserve(10);
    if (typeof value === 'bigint') {
      let rest = value;
      for (; rest > 127n; rest >>= 7n) this.buffer[this.size++] = Number(rest & 127n) | 128;
      this.buffer[this.size++] = Number(rest);
      return;
    }
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.buffer[this.size++] = (rest % 128) | 128;
    this.buffer[this.size++] = rest;
  }

  private reserve(length: number): void {
    if (this.size + length <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.size + length));
    grown.set(this.buffer.subarray(0, this.size));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}
