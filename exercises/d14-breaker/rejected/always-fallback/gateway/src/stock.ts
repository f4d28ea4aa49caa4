// Never slow, never wrong, never of any use.
export async function stockOf(_sku: string): Promise<number | null> {
  return null;
}
