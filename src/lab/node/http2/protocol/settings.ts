/** Settings of one side of a connection, RFC 9113 §6.5.2, as numbers. */
import { constants } from '../constants.ts';
import type { SettingsList } from '../frames.ts';

export interface Settings {
  headerTableSize: number;
  enablePush: number;
  maxConcurrentStreams: number;
  initialWindowSize: number;
  maxFrameSize: number;
  maxHeaderListSize: number;
  enableConnectProtocol: number;
  /** Ids without a name here. */
  readonly custom: Map<number, number>;
}

const UNLIMITED = 2 ** 32 - 1;

export const initialSettings = (): Settings => ({
  headerTableSize: 4096,
  enablePush: 1,
  maxConcurrentStreams: UNLIMITED,
  initialWindowSize: 65_535,
  maxFrameSize: 16_384,
  maxHeaderListSize: UNLIMITED,
  enableConnectProtocol: 0,
  custom: new Map(),
});

export type SettingName = Exclude<keyof Settings, 'custom'>;

/** In the order in which nghttp2 puts them on the wire. */
export const SETTING_IDS: readonly (readonly [number, SettingName])[] = [
  [1, 'headerTableSize'],
  [2, 'enablePush'],
  [4, 'initialWindowSize'],
  [5, 'maxFrameSize'],
  [3, 'maxConcurrentStreams'],
  [6, 'maxHeaderListSize'],
  [8, 'enableConnectProtocol'],
];
const names = new Map(SETTING_IDS);

/** The error of a value that RFC 9113 forbids, or null. */
export function settingError(id: number, value: number): { code: number; message: string } | null {
  const { NGHTTP2_FLOW_CONTROL_ERROR, NGHTTP2_PROTOCOL_ERROR } = constants;
  const error = (code: number, name: string) => ({ code, message: `SETTINGS: invalid SETTINGS_${name}` });
  if (id === 2 && value > 1) return error(NGHTTP2_PROTOCOL_ERROR, 'ENABLE_PUSH');
  if (id === 4 && value > 0x7fffffff) return error(NGHTTP2_FLOW_CONTROL_ERROR, 'INITIAL_WINDOW_SIZE');
  if (id === 5 && (value < 16_384 || value > 0xffffff)) return error(NGHTTP2_PROTOCOL_ERROR, 'MAX_FRAME_SIZE');
  if (id === 8 && value > 1) return error(NGHTTP2_PROTOCOL_ERROR, 'ENABLE_CONNECT_PROTOCOL');
  return null;
}

export function applySettings(settings: Settings, list: SettingsList): void {
  for (const [id, value] of list) {
    const name = names.get(id);
    if (name === undefined) settings.custom.set(id, value);
    else settings[name] = value;
  }
}
