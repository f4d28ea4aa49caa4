/** What can be done to a service or a link, with values. Opened by click or Enter on it in the picture. */
import { useState } from 'preact/hooks';
import type { FaultSpec } from '../../engines/engine.ts';
import { useText } from '../i18n/dictionary.ts';
import { useRun } from '../session/context.ts';
import type { ActiveFault } from '../session/faults.ts';
import { isCommon, isMoment, type Offer, offersForLink, offersForService } from '../session/offers.ts';
import { serviceOf } from '../session/replicas.ts';
import { faultMark, faultTexts, faultValue } from '../ui/fault-text.ts';
import { Menu, type MenuGroup } from '../ui/Menu.tsx';
import { topologyTexts } from './texts.ts';

export type Target =
  | { readonly kind: 'service'; readonly name: string; readonly replicas: readonly string[] }
  | { readonly kind: 'link'; readonly from: string; readonly to: string };

export interface BreakMenuProps {
  readonly target: Target;
  readonly head: string;
  readonly x: number;
  readonly y: number;
  readonly onClose: () => void;
}

const DURATIONS: readonly (number | null)[] = [null, 10, 30];

export function BreakMenu({ target, head, x, y, onClose }: BreakMenuProps) {
  const run = useRun();
  const text = useText(topologyTexts);
  const faults = useText(faultTexts);
  const [which, setWhich] = useState(target.kind === 'service' ? target.name : '');
  const [seconds, setSeconds] = useState<number | null>(null);
  const [showsAll, setShowsAll] = useState(false);
  const name = target.kind === 'service' ? target.name : `${target.from} → ${target.to}`;
  const all = target.kind === 'service' ? offersForService(which) : offersForLink(target.from, target.to);
  const offers = showsAll ? all : all.filter((each) => isCommon(each.kind));
  const active = [...run.world.faults.active.values()].filter((each) => actsOn(each, target));
  const groups: MenuGroup[] = [];
  if (active.length > 0) {
    groups.push({
      label: text.heal,
      items: active.map((each) => ({
        id: `heal-${each.id}`,
        label: faultMark(each.fault, faults),
        fullLabel: `${text.heal}: ${faultMark(each.fault, faults)}`,
        tone: 'heal',
        onSelect: () => void run.heal(each.id),
      })),
    });
  }
  if (target.kind === 'service' && target.replicas.length > 1) {
    groups.push({
      label: text.target,
      items: [target.name, ...target.replicas].map((each) => ({
        id: `which-${each}`,
        label: each === target.name ? text.all : each,
        checked: each === which,
        keepsOpen: true,
        onSelect: () => setWhich(each),
      })),
    });
  }
  const [moments, lasting] = [
    offers.filter((each) => isMoment(each.kind)),
    offers.filter((each) => !isMoment(each.kind)),
  ];
  const groupOf = (offer: Offer): MenuGroup => ({
    label: faults.kinds[offer.kind],
    hint: faults.help[offer.kind],
    items: offer.faults.map((fault, index) => ({
      id: `${offer.kind}-${index}`,
      label: faultValue(fault, faults),
      fullLabel: `${faults.kinds[offer.kind]}: ${faultValue(fault, faults)}`,
      tone: 'break',
      onSelect: () => void run.inject(timed(fault, seconds)),
    })),
  });
  groups.push(...moments.map(groupOf));
  groups.push({
    label: text.duration,
    items: DURATIONS.map((each) => ({
      id: `for-${each}`,
      label: each === null ? text.untilHealed : text.seconds(each),
      checked: each === seconds,
      keepsOpen: true,
      onSelect: () => setSeconds(each),
    })),
  });
  groups.push(...lasting.map(groupOf));
  groups.push({
    label: text.faults,
    items: [false, true].map((each) => ({
      id: `all-${each}`,
      label: each ? text.allFaults : text.commonFaults,
      checked: each === showsAll,
      keepsOpen: true,
      onSelect: () => setShowsAll(each),
    })),
  });
  return (
    <Menu
      label={text.menu(name)}
      head={
        <>
          <strong>{name}</strong>
          <span>{head}</span>
        </>
      }
      groups={groups}
      x={x}
      y={y}
      onClose={onClose}
    />
  );
}

function timed(fault: FaultSpec, seconds: number | null): FaultSpec {
  return seconds === null || isMoment(fault.kind) ? fault : { ...fault, forMs: seconds * 1000 };
}

function actsOn({ fault }: ActiveFault, target: Target): boolean {
  if ('service' in fault) return target.kind === 'service' && serviceOf(fault.service) === target.name;
  if (target.kind !== 'link') return false;
  const ends = [serviceOf(fault.from), serviceOf(fault.to)];
  return ends.includes(target.from) && ends.includes(target.to);
}
