/** Of unit tests: the lab runs as fast as it does for a learner. */
import { useNodeScripts } from '../src/cli/node-scripts.ts';

useNodeScripts();
