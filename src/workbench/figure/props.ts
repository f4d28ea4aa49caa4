/**
 * What a lesson or the landing page hands to LiveFigure. Plain data only, so that an .mdx file or an Astro island can
 * pass it across the server's JSON.
 */
import type { Localized } from '../../catalog/types.ts';
import type { FaultSpec, LoadSpec } from '../../engines/engine.ts';
import type { Language } from '../i18n/dictionary.ts';

/** A text of the figure: one string, or one per language. */
export type FigureText = string | Localized;

/** Something the reader may do to the running system. */
export type FigureControl =
  /** On heals nothing until it is switched off again. */
  | { readonly id: string; readonly label: FigureText; readonly kind: 'toggle'; readonly fault: FaultSpec }
  /** One press, one fault: kill, restart, or a fault with `forMs`. */
  | { readonly id: string; readonly label: FigureText; readonly kind: 'once'; readonly fault: FaultSpec }
  /** The fault's magnitude (latencyMs, probability, perRequestMs) follows the slider; at `min` the fault is healed. */
  | {
      readonly id: string;
      readonly label: FigureText;
      readonly kind: 'slider';
      readonly fault: FaultSpec;
      readonly min: number;
      readonly max: number;
      readonly step: number;
      readonly unit: 'ms' | '%' | '/s';
    }
  /** The rate of the load, requests per virtual second. */
  | {
      readonly id: string;
      readonly label: FigureText;
      readonly kind: 'rate';
      readonly min: number;
      readonly max: number;
      readonly step: number;
    };

/**
 * One figure under the picture, over the last 10 virtual seconds. Without `from`/`to` it speaks of what the outside
 * sees (requests of `client`); with them, of that link; `service` is for figures of a service.
 */
export interface FigureReadout {
  readonly figure:
    | 'p50'
    | 'p95'
    | 'p99'
    /** Share of requests that failed, %. */
    | 'errors'
    /** Requests per second. */
    | 'rate'
    /** Sent and not yet answered, now. */
    | 'inFlight'
    /** Requests on the link per request from outside: 1 without retries. */
    | 'callsPerRequest'
    /** Requests that began or were still being worked on after the one that caused them had already ended. */
    | 'abandoned'
    /** Busy share of a service's replicas, %. */
    | 'cpu';
  readonly label?: FigureText;
  readonly from?: string;
  readonly to?: string;
  readonly service?: string;
  /** Above this the figure is stressed: drawn with the ramp's last step and a mark, never by colour alone. */
  readonly bound?: number;
}

export interface LiveFigureProps {
  readonly sandboxId: string;
  /** Lays an exercise's starter (default) or its solution over the sandbox: `d14-breaker`. */
  readonly exerciseId?: string;
  readonly variant?: 'starter' | 'solution';
  readonly lang: Language;
  /** The site's base path, without a slash at its end; '' at the root. */
  readonly base: string;
  readonly load: LoadSpec;
  readonly controls: readonly FigureControl[];
  readonly readouts: readonly FigureReadout[];
  readonly autoStart: 'visible' | 'click';
  /** Height of the picture in px; readouts, chart and controls come under it. */
  readonly height: number;
  /** Which lines to draw under the structure; none when absent. */
  readonly chart?:
    | 'latency'
    | 'rate'
    | 'inFlight'
    | { readonly callsOn: { readonly from: string; readonly to: string } };
  /** Virtual seconds per real second; 1 when absent. */
  readonly speed?: number;
  readonly seed?: number;
  /** What the figure shows, for those who do not see it. */
  readonly label?: FigureText;
}
