/** Settings as objects: checks, packing, and what is in force. Source: Node 24's lib/internal/http2/core.js and util.js. */
import { codes, settingRange } from './errors.ts';
import { readSettings, type SettingsList, settingsPayload } from './frames.ts';
import { assertIsObject } from './headers.ts';
import { SETTING_IDS, type Settings } from './protocol/settings.ts';

const MAX_INT = 2 ** 32 - 1;
const MAX_CUSTOM = 10;
const RANGES: readonly (readonly [string, number, number])[] = [
  ['headerTableSize', 0, MAX_INT],
  ['initialWindowSize', 0, 2 ** 31 - 1],
  ['maxFrameSize', 16_384, 2 ** 24 - 1],
  ['maxConcurrentStreams', 0, MAX_INT],
  ['maxHeaderListSize', 0, MAX_INT],
  ['maxHeaderSize', 0, MAX_INT],
];

export function validateSettings(settings: any): void {
  if (settings === undefined) return;
  assertIsObject(settings.customSettings, 'customSettings', ['Number']);
  if (settings.customSettings) {
    const entries = Object.entries<any>(settings.customSettings);
    if (entries.length > MAX_CUSTOM) throw new codes.ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS();
    for (const [key, value] of entries) {
      assertRange('customSettings:id', Number(key), 0, 0xffff);
      assertRange('customSettings:value', Number(value), 0, MAX_INT);
    }
  }
  for (const [name, min, max] of RANGES) assertRange(name, settings[name], min, max);
  for (const name of ['enablePush', 'enableConnectProtocol']) {
    const value = settings[name];
    if (value !== undefined && typeof value !== 'boolean') {
      throw new codes.ERR_HTTP2_INVALID_SETTING_VALUE(name, value);
    }
  }
}

function assertRange(name: string, value: any, min: number, max: number): void {
  if (value !== undefined && (typeof value !== 'number' || value < min || value > max)) {
    throw settingRange(name, value, min, max);
  }
}

/** What goes on the wire: only what was given. */
export function toSettingsList(given: any): SettingsList {
  const settings = { ...given };
  if (settings.maxHeaderSize !== undefined && settings.maxHeaderSize !== settings.maxHeaderListSize) {
    process.emitWarning('settings.maxHeaderSize overwrite settings.maxHeaderListSize');
    settings.maxHeaderListSize = settings.maxHeaderSize;
  }
  const list: [number, number][] = [];
  for (const [id, name] of SETTING_IDS) {
    const value = settings[name];
    if (typeof value === 'number' || typeof value === 'boolean') list.push([id, Number(value)]);
  }
  for (const [id, value] of Object.entries<any>(settings.customSettings ?? {})) {
    if (typeof value === 'number') list.push([Number(id), value]);
  }
  return list;
}

/** `session.localSettings` */
export function describeSettings(settings: Settings, customIds?: readonly number[]): any {
  const { headerTableSize, initialWindowSize, maxFrameSize, maxConcurrentStreams, maxHeaderListSize } = settings;
  const described: any = {
    headerTableSize,
    enablePush: settings.enablePush !== 0,
    initialWindowSize,
    maxFrameSize,
    maxConcurrentStreams,
    maxHeaderListSize,
    maxHeaderSize: maxHeaderListSize,
    enableConnectProtocol: settings.enableConnectProtocol !== 0,
  };
  const custom = [...settings.custom].filter(([id]) => customIds === undefined || customIds.includes(id));
  if (custom.length > 0) described.customSettings = Object.fromEntries(custom);
  return described;
}

export function getDefaultSettings(): any {
  return Object.assign(Object.create(null), {
    headerTableSize: 4096,
    enablePush: true,
    initialWindowSize: 65_535,
    maxFrameSize: 16_384,
    maxConcurrentStreams: MAX_INT,
    maxHeaderSize: 65_535,
    maxHeaderListSize: 65_535,
    enableConnectProtocol: false,
  });
}

export function getPackedSettings(settings: any): any {
  assertIsObject(settings, 'settings');
  validateSettings(settings);
  return Buffer.from(settingsPayload(toSettingsList(settings ?? {})).buffer as ArrayBuffer);
}

export function getUnpackedSettings(buffer: any, options: any = {}): any {
  if (!ArrayBuffer.isView(buffer) || (buffer as any).length === undefined) {
    throw new codes.ERR_INVALID_ARG_TYPE('buf', ['Buffer', 'TypedArray'], buffer);
  }
  if ((buffer as any).length % 6 !== 0) throw new codes.ERR_HTTP2_INVALID_PACKED_SETTINGS_LENGTH();
  const names = new Map(SETTING_IDS);
  const settings: any = {};
  const bytes = Uint8Array.from(buffer as any);
  for (const [id, value] of readSettings(bytes)) {
    const name = names.get(id);
    if (name === undefined) {
      settings.customSettings ??= {};
      settings.customSettings[id] = value;
    } else if (name === 'enablePush' || name === 'enableConnectProtocol') settings[name] = value !== 0;
    else settings[name] = value;
    if (name === 'maxHeaderListSize') settings.maxHeaderSize = value;
  }
  if (options?.validate) validateSettings(settings);
  return settings;
}
