export interface Item {
  readonly sku: string;
  readonly name: string;
  readonly priceCents: number;
}

/** What the shop sells. The list is part of the program: a new item is a new version of the service. */
export const items: readonly Item[] = [
  { sku: 'tent-1p', name: 'One-person tent', priceCents: 18900 },
  { sku: 'tent-2p', name: 'Two-person tent', priceCents: 25900 },
  { sku: 'tent-4p', name: 'Family tent', priceCents: 42900 },
  { sku: 'tarp', name: 'Tarp 3 × 3 m', priceCents: 6400 },
  { sku: 'bag-summer', name: 'Summer sleeping bag', priceCents: 7900 },
  { sku: 'bag-winter', name: 'Winter sleeping bag', priceCents: 21900 },
  { sku: 'mat-foam', name: 'Foam mat', priceCents: 2400 },
  { sku: 'mat-air', name: 'Air mattress', priceCents: 9900 },
  { sku: 'pillow', name: 'Travel pillow', priceCents: 1900 },
  { sku: 'hammock', name: 'Hammock', priceCents: 5400 },
  { sku: 'pack-20', name: 'Day pack 20 l', priceCents: 6900 },
  { sku: 'pack-45', name: 'Trekking pack 45 l', priceCents: 13900 },
  { sku: 'pack-65', name: 'Expedition pack 65 l', priceCents: 18900 },
  { sku: 'dry-bag', name: 'Dry bag 10 l', priceCents: 1700 },
  { sku: 'rain-cover', name: 'Pack rain cover', priceCents: 1500 },
  { sku: 'stove-gas', name: 'Gas stove', priceCents: 4900 },
  { sku: 'stove-wood', name: 'Wood stove', priceCents: 5900 },
  { sku: 'pot-set', name: 'Pot set, titanium', priceCents: 8900 },
  { sku: 'mug', name: 'Enamel mug', priceCents: 1100 },
  { sku: 'knife', name: 'Pocket knife', priceCents: 3600 },
];
