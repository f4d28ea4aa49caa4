/** What happened, and what to do about it. */
import { useContext } from 'preact/hooks';
import { LanguageContext, useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { inlineCode } from '../ui/inline-code.tsx';
import { briefTexts } from './texts.ts';

export function BriefPanel() {
  const session = useSession();
  const { subject } = session;
  const text = useText(briefTexts);
  const language = useContext(LanguageContext);
  const { exercise } = subject;
  return (
    <div class="lb-brief lb-panel lb-scroll">
      <h3>
        {exercise === null ? null : <span class="lb-brief-id">{exercise.id}</span>}
        {subject.title[language] ?? subject.title.en}
      </h3>
      {exercise === null ? (
        <>
          <h4 class="lb-label">{text.explore}</h4>
          <ol class="lb-steps">
            <li>{text.exploreRun}</li>
            <li>{text.exploreBreak}</li>
            <li>{text.exploreSpeed}</li>
            <li>{text.exploreEdit}</li>
          </ol>
        </>
      ) : (
        <>
          <h4 class="lb-label">{text.incident}</h4>
          <p class="lb-incident">{inlineCode(exercise.incident[language] ?? exercise.incident.en)}</p>
          <h4 class="lb-label">{text.steps}</h4>
          <ol class="lb-steps">
            <li>{text.runIt}</li>
            <li>{text.breakIt}</li>
            <li>{text.seeIt}</li>
            <li>
              {text.fixIt}:{' '}
              {exercise.editable.map((path) => (
                <button
                  key={path}
                  type="button"
                  class="lb-link"
                  onClick={() => {
                    session.files.show(path);
                    session.show('code');
                  }}
                >
                  {path}
                </button>
              ))}
            </li>
            <li>{text.checkIt}</li>
          </ol>
        </>
      )}
    </div>
  );
}
