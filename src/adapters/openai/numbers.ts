/** A growing list of numbers outside the garbage collector's reach: what it has to move, tokens have to wait for. */
export class Numbers {
  values: Float64Array;
  length = 0;

  /** `room`: for so many before it has to grow, which takes a moment. */
  constructor(room: number) {
    this.values = new Float64Array(Math.max(1, room));
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const more = new Float64Array(2 * this.length);
      more.set(this.values);
      this.values = more;
    }
    this.values[this.length] = value;
    this.length += 1;
  }

  /** Undefined where there is none. */
  at(index: number): number | undefined {
    return index >= 0 && index < this.length ? this.values[index] : undefined;
  }

  last(): number | undefined {
    return this.at(this.length - 1);
  }

  addToLast(value: number): void {
    const at = this.length - 1;
    this.values[at] = (this.values[at] ?? 0) + value;
  }

  /** A view. */
  all(): Float64Array {
    return this.values.subarray(0, this.length);
  }
}
