/**
 * Where services stand: layers by who calls whom (Sugiyama's method in its simplest form: longest path, dummy nodes on
 * long links, a few barycenter sweeps). Load comes in at one side and flows through. Deterministic: the same compose
 * file always gives the same drawing.
 */
import { OUTSIDE } from '../session/world.ts';

export interface LayoutService {
  readonly name: string;
  readonly replicas: number;
  readonly dependsOn: readonly string[];
  readonly isPublished: boolean;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Member extends Box {
  readonly name: string;
  readonly isOutside: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Beam {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** From edge to edge; more than two points when it passes other layers. */
  readonly points: readonly Point[];
  /** Known from traffic only: not in `depends_on`. */
  readonly isObserved: boolean;
}

export interface Layout {
  readonly width: number;
  readonly direction: 'right' | 'down';
  readonly size: 'normal' | 'small';
  readonly members: readonly Member[];
  readonly beams: readonly Beam[];
}

interface Node {
  readonly id: string;
  readonly layer: number;
  order: number;
  readonly above: Node[];
  readonly below: Node[];
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly isObserved: boolean;
}

const sizes = {
  normal: { width: 124, height: 88, outside: 72 },
  small: { width: 82, height: 72, outside: 60 },
} as const;

/** Under the lowest member, for the text of a fault that acts on it. */
const FOOT = 18;

/** Room for a beam's figures between two members. */
const GAP_MIN = 84;
const MARGIN = 12;

/** With less between the parts of a layer it is tight, and passing links are drawn side by side: as wide as one is at most. */
const GAP_ACROSS_MIN = 8;
const DUMMY_MIN = 16;
/** On a phone, where a layer is as wide as the screen and no wider. */
const DUMMY_MIN_DOWN = 10;
const GAP_TIGHT = 3;
/** Name, a column with something in it, and what waits: below that a member says nothing. */
const HEIGHT_MIN = 48;
/** A name squeezed into less cannot be read. */
const WIDTH_MIN = 56;

/** Above a picture that flows down the world outside lies over more than its own place. */
export function outsideLength({ width }: Box): number {
  return Math.min(220, width * 2.6);
}

export function layOut(
  services: readonly LayoutService[],
  observed: readonly { readonly from: string; readonly to: string }[],
  width: number,
  height: number,
): Layout {
  const edges = edgesOf(services, observed);
  const layers = layersOf(
    services.map((each) => each.name),
    edges,
  );
  const { nodes, rows } = withDummies(layers, edges);
  sweep(rows);

  const depth = rows.length;
  const widest = Math.max(1, ...rows.map((row) => row.length));
  const needs = (size: 'normal' | 'small') => depth * sizes[size].width + (depth - 1) * GAP_MIN + 2 * MARGIN;
  const isRight = width >= needs('small') && (width > height || widest * sizes.small.width > width);
  const direction = isRight ? 'right' : 'down';
  const across = (extent: number) => Math.max(...rows.map((row) => rowExtent(row, extent, isRight ? 32 : 24)));
  const isRoomy = isRight
    ? width >= needs('normal') && height - FOOT >= across(sizes.normal.height)
    : width >= across(sizes.normal.width) && height >= depth * (sizes.normal.height + 48);
  const size = isRoomy ? 'normal' : 'small';
  const place = direction === 'right' ? placeRight : placeDown;
  const boxes = place(rows, size, width, height - FOOT);

  const members = nodes
    .filter((node) => !isDummy(node.id))
    .map((node): Member => ({ ...boxes.get(node.id)!, name: node.id, isOutside: node.id === OUTSIDE }));
  return { width, direction, size, members, beams: beamsOf(edges, layers, boxes, direction) };
}

function edgesOf(
  services: readonly LayoutService[],
  observed: readonly { readonly from: string; readonly to: string }[],
): readonly Edge[] {
  const names = new Set(services.map((each) => each.name));
  const edges = new Map<string, Edge>();
  const add = (from: string, to: string, isObserved: boolean) => {
    if (from === to || !names.has(to) || (from !== OUTSIDE && !names.has(from))) return;
    const key = `${from}→${to}`;
    if (!edges.has(key)) edges.set(key, { from, to, isObserved });
  };
  for (const service of services) if (service.isPublished) add(OUTSIDE, service.name, false);
  for (const service of services) for (const to of service.dependsOn) add(service.name, to, false);
  for (const { from, to } of observed) add(from, to, true);
  return [...edges.values()];
}

/** Longest path from the outside. Links that would close a cycle are left out of the ranking, never of the drawing. */
function layersOf(names: readonly string[], edges: readonly Edge[]): Map<string, number> {
  const layers = new Map<string, number>([[OUTSIDE, 0]]);
  const callers = (name: string) => edges.filter((edge) => edge.to === name).map((edge) => edge.from);
  const visit = (name: string, path: readonly string[]): number => {
    const known = layers.get(name);
    if (known !== undefined) return known;
    let layer = 1;
    for (const from of callers(name)) {
      if (path.includes(from)) continue;
      layer = Math.max(layer, 1 + visit(from, [...path, name]));
    }
    // A rank found inside a cycle depends on where one came from, so only complete ones are kept.
    if (path.length === 0 || callers(name).every((from) => layers.has(from))) layers.set(name, layer);
    return layer;
  };
  for (const name of names) visit(name, []);
  return layers;
}

function withDummies(layers: Map<string, number>, edges: readonly Edge[]): { nodes: Node[]; rows: Node[][] } {
  const byId = new Map<string, Node>();
  const rows: Node[][] = [];
  const add = (id: string, layer: number): Node => {
    const node: Node = { id, layer, order: 0, above: [], below: [] };
    const row = (rows[layer] ??= []);
    node.order = row.length;
    row.push(node);
    byId.set(id, node);
    return node;
  };
  for (const [id, layer] of [...layers].sort((a, b) => a[1] - b[1])) add(id, layer);
  for (let i = 0; i < rows.length; i++) rows[i] ??= [];
  const join = (a: Node, b: Node) => {
    a.below.push(b);
    b.above.push(a);
  };
  for (const edge of edges) {
    const from = byId.get(edge.from)!;
    const to = byId.get(edge.to)!;
    if (to.layer <= from.layer) continue;
    let last = from;
    for (let layer = from.layer + 1; layer < to.layer; layer++) {
      const dummy = add(dummyId(edge, layer), layer);
      join(last, dummy);
      last = dummy;
    }
    join(last, to);
  }
  return { nodes: [...byId.values()], rows };
}

function sweep(rows: readonly Node[][]): void {
  for (let round = 0; round < 6; round++) {
    const isDown = round % 2 === 0;
    const order = isDown ? rows : [...rows].reverse();
    for (const row of order) {
      const centre = (node: Node) => {
        const neighbours = isDown ? node.above : node.below;
        if (neighbours.length === 0) return node.order;
        return neighbours.reduce((sum, each) => sum + each.order, 0) / neighbours.length;
      };
      const ranked = row.map((node) => ({ node, centre: centre(node) }));
      ranked.sort((a, b) => a.centre - b.centre || a.node.order - b.node.order);
      ranked.forEach(({ node }, index) => {
        node.order = index;
      });
      row.sort((a, b) => a.order - b.order);
    }
  }
}

function placeRight(rows: readonly Node[][], size: Layout['size'], width: number, height: number): Map<string, Box> {
  const { width: w, height: full, outside } = sizes[size];
  const h = Math.max(
    HEIGHT_MIN,
    Math.min(full, ...rows.map((row) => extentThatFits(row, height, DUMMY_MIN, GAP_TIGHT))),
  );
  const boxes = new Map<string, Box>();
  const inner = rows.length - 1;
  // More room than this between members only makes the eye travel. Users stand nearer: there is one link to read.
  const room = width - 2 * MARGIN - outside - inner * w;
  const first = Math.min(120, room / Math.max(1, inner));
  const gap = inner <= 1 ? 0 : Math.min(260, (room - first) / (inner - 1));
  const used = outside + first + inner * w + Math.max(0, inner - 1) * gap;
  let x = Math.max(MARGIN, (width - used) / 2);
  rows.forEach((row, layer) => {
    const boxWidth = layer === 0 ? outside : w;
    spread(row, height, h, 32, DUMMY_MIN).forEach(({ node, centre, extent }) => {
      boxes.set(node.id, { x, y: centre - extent / 2, width: boxWidth, height: extent });
    });
    x += boxWidth + (layer === 0 ? first : gap);
  });
  return boxes;
}

/** How much of it the members of a layer may each take so that none lies over another. */
function extentThatFits(row: readonly Node[], room: number, dummyMin: number, gap: number): number {
  const members = row.filter((node) => !isDummy(node.id)).length;
  const passing = (row.length - members) * dummyMin;
  return members === 0 ? room : Math.floor((room - 16 - passing - gap * row.length) / members);
}

function placeDown(rows: readonly Node[][], size: Layout['size'], width: number, height: number): Map<string, Box> {
  const { width: full, height: h } = sizes[size];
  const fitting = rows.map((row) => extentThatFits(row, width, DUMMY_MIN_DOWN, GAP_ACROSS_MIN));
  const w = Math.max(WIDTH_MIN, Math.min(full, ...fitting));
  const boxes = new Map<string, Box>();
  const outsideHeight = 26;
  const inner = rows.length - 1;
  const gap = inner === 0 ? 0 : Math.max(24, Math.min(110, (height - 2 * MARGIN - outsideHeight - inner * h) / inner));
  const used = outsideHeight + inner * (h + gap);
  let y = Math.max(MARGIN, (height - used) / 2);
  rows.forEach((row, layer) => {
    const boxHeight = layer === 0 ? outsideHeight : h;
    spread(row, width, w, 24, DUMMY_MIN_DOWN).forEach(({ node, centre, extent }) => {
      boxes.set(node.id, { x: centre - extent / 2, y, width: extent, height: boxHeight });
    });
    y += boxHeight + gap;
  });
  return boxes;
}

/** What a layer needs with the least gaps that still look like gaps. */
function rowExtent(row: readonly Node[], extent: number, dummyExtent: number): number {
  return row.reduce((sum, node) => sum + (isDummy(node.id) ? dummyExtent : extent) + 14, 2);
}

/** Shares out one layer's room; a passing link needs less of it than a member, and hardly any where room is short. */
function spread(row: readonly Node[], room: number, extent: number, dummyExtent: number, dummyMin: number) {
  const extentsWith = (dummy: number) => row.map((node) => (isDummy(node.id) ? dummy : extent));
  const total = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
  const isTight = total(extentsWith(dummyExtent)) + GAP_ACROSS_MIN * row.length > room;
  const extents = isTight ? extentsWith(dummyMin) : extentsWith(dummyExtent);
  // Passing links that run side by side need no gap between them when it is tight.
  const hasGap = row.map((node, i) => i > 0 && !(isTight && isDummy(node.id) && isDummy(row[i - 1]!.id)));
  const gaps = Math.max(1, hasGap.filter(Boolean).length);
  const gap = Math.min(56, (room - 2 * 8 - total(extents)) / (isTight ? gaps : Math.max(1, row.length)));
  let at = (room - total(extents) - gap * hasGap.filter(Boolean).length) / 2;
  return row.map((node, index) => {
    const own = extents[index]!;
    if (hasGap[index]) at += gap;
    const centre = at + own / 2;
    at += own;
    return { node, centre, extent: own };
  });
}

function beamsOf(
  edges: readonly Edge[],
  layers: Map<string, number>,
  boxes: Map<string, Box>,
  direction: Layout['direction'],
): readonly Beam[] {
  const isRight = direction === 'right';
  const across = (point: Point) => (isRight ? point.y : point.x);
  const centre = (id: string): Point => {
    const box = boxes.get(id)!;
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const via = (edge: Edge): Point[] => {
    const points: Point[] = [];
    for (let layer = layers.get(edge.from)! + 1; layer < layers.get(edge.to)!; layer++) {
      if (boxes.has(dummyId(edge, layer))) points.push(centre(dummyId(edge, layer)));
    }
    return points;
  };
  // Beams leave and meet a member at points of their own, in the order of where they go, so that they do not cross.
  const slot = (edge: Edge, end: 'from' | 'to'): Point => {
    const member = edge[end];
    const box = boxes.get(member)!;
    const others = edges
      .filter((each) => each[end] === member)
      .map((each) => {
        const toward = end === 'from' ? (via(each)[0] ?? centre(each.to)) : (via(each).at(-1) ?? centre(each.from));
        return { each, across: across(toward) };
      })
      .sort((a, b) => a.across - b.across);
    const index = others.findIndex(({ each }) => each === edge);
    const share = (index + 1) / (others.length + 1);
    const isForth = end === 'from';
    if (isRight) return { x: isForth ? box.x + box.width : box.x, y: box.y + box.height * share };
    return { x: box.x + box.width * share, y: isForth ? box.y + box.height : box.y };
  };
  return edges.map((edge) => ({
    key: `${edge.from}→${edge.to}`,
    from: edge.from,
    to: edge.to,
    isObserved: edge.isObserved,
    points: [slot(edge, 'from'), ...via(edge), slot(edge, 'to')],
  }));
}

function dummyId(edge: Edge, layer: number): string {
  return `${edge.from}→${edge.to}#${layer}`;
}

function isDummy(id: string): boolean {
  return id.includes('#');
}
