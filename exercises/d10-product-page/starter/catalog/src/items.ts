export interface Item {
  readonly sku: string;
  readonly name: string;
}

/** What the shop sells; for how much is the price service's business. */
export const items: readonly Item[] = [
  { sku: 'tent-1p', name: 'One-person tent' },
  { sku: 'tent-2p', name: 'Two-person tent' },
  { sku: 'tent-4p', name: 'Family tent' },
  { sku: 'tarp', name: 'Tarp 3 × 3 m' },
  { sku: 'bag-summer', name: 'Summer sleeping bag' },
  { sku: 'bag-winter', name: 'Winter sleeping bag' },
  { sku: 'mat-foam', name: 'Foam mat' },
  { sku: 'mat-air', name: 'Air mattress' },
  { sku: 'pillow', name: 'Travel pillow' },
  { sku: 'hammock', name: 'Hammock' },
  { sku: 'pack-20', name: 'Day pack 20 l' },
  { sku: 'pack-45', name: 'Trekking pack 45 l' },
  { sku: 'pack-65', name: 'Expedition pack 65 l' },
  { sku: 'dry-bag', name: 'Dry bag 10 l' },
  { sku: 'rain-cover', name: 'Pack rain cover' },
  { sku: 'stove-gas', name: 'Gas stove' },
  { sku: 'stove-wood', name: 'Wood stove' },
  { sku: 'pot-set', name: 'Pot set, titanium' },
  { sku: 'mug', name: 'Enamel mug' },
  { sku: 'knife', name: 'Pocket knife' },
];
