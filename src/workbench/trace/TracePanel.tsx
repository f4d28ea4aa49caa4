/** Requests as the network saw them: a list, and the chosen one over time with all that it caused. */
import { useMemo, useRef } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { TraceList } from '../session/trace/list.ts';
import { type TraceTree, traceTree } from '../session/trace/tree.ts';
import { useSize } from '../ui/hooks.ts';
import { RequestList } from './RequestList.tsx';
import { SpanFacts } from './SpanFacts.tsx';
import { traceTexts } from './texts.ts';
import { Waterfall } from './Waterfall.tsx';
import './trace.css';

/** Below, list and request take turns. */
const BESIDE_PX = 720;

export function TracePanel() {
  const session = useSession();
  const { run, traces } = session;
  const { past } = run;
  const text = useText(traceTexts);
  const [box, { width }] = useSize<HTMLDivElement>();
  const list = useMemo(() => new TraceList(), []);
  const known = useRef<{ readonly tree: TraceTree; readonly index: number; readonly record: object } | null>(null);
  void run.version.value;
  const { record } = past;
  const index = past.view?.index ?? record.count;
  const nowMs = run.nowMs.value;
  list.sync(record, index);
  const shown = traces.shown.value;

  const treeOf = (root: number): TraceTree | null => {
    const last = known.current;
    // One that is over stays as it is, unless one looks at a moment before its end.
    if (last?.record === record && last.tree.root === root && last.tree.isOver && index >= last.index) return last.tree;
    const tree = traceTree(record, root, index, nowMs, root < 0 ? list.traces.get(root)?.index : undefined);
    known.current = tree === null ? null : { tree, index, record };
    return tree;
  };
  const tree = shown === null ? null : treeOf(shown.root);
  const isBeside = width >= BESIDE_PX;
  const span = tree?.spans.find(({ id }) => id === shown?.span) ?? tree?.spans[0];

  return (
    <div ref={box} class={`lb-trace lb-panel${isBeside ? ' lb-trace-beside' : ''}`}>
      {isBeside || shown === null ? <RequestList list={list} /> : null}
      {!isBeside && shown === null ? null : (
        <div class="lb-trace-one">
          {isBeside ? null : (
            <button
              type="button"
              class="lb-trace-back"
              onClick={() => {
                traces.shown.value = null;
              }}
            >
              ← {text.back}
            </button>
          )}
          {shown === null ? (
            <p class="lb-empty">{text.choose}</p>
          ) : tree === null || span === undefined ? (
            <p class="lb-empty">{text.gone}</p>
          ) : (
            <>
              <Waterfall tree={tree} chosen={span.id} />
              <SpanFacts tree={tree} span={span} />
            </>
          )}
        </div>
      )}
    </div>
  );
}
