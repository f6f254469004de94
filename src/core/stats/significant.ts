/**
 * A number as files hold it: 12 significant digits. Engines may round the last bit of a logarithm differently;
 * the same input must give the same bytes.
 */
export function toSignificant(value: number): number {
  return Number(value.toPrecision(12));
}
