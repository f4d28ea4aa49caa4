/** `self instanceof type`, for the functions of this half that may be called without `new`. */
export function isInstance(self: any, type: any): boolean {
  return self instanceof type;
}
