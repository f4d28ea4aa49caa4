/** One line of an order. Pieces are taken from the shelf when the parcel is packed, so orders do not ask inventory. */
export interface Line {
  readonly sku: string;
  readonly quantity: number;
}
