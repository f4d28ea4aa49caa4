/** How each command is written; apart from them, so that a wrong word is answered without loading anything. */

export const UP_USAGE = 'loadbearing up <sandbox|folder> [--servers real|lab]';

export const CHECK_USAGE =
  'loadbearing check <exercise> [folder] [--engine lab|local] [--seed 11,23] [--design solution] [--servers real|lab] [--json FILE] [--junit FILE]';

export const TRUTH_USAGE =
  'loadbearing truth [exercise …] [--seed 11] [--design solution] [--lanes 1] [--json docs/truth.json]';

export const CALIBRATE_USAGE = 'loadbearing calibrate [--json docs/calibration.json]';

export const NEW_USAGE = 'loadbearing new sandbox|exercise|lesson <name> [--sandbox shop]';

export const EXPORT_USAGE = 'loadbearing export k8s <sandbox|folder> [--out FOLDER] [--force]';
