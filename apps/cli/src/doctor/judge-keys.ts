import { faultsOfKeys, type KeyUse } from '@posthorn/rotation';
import { judgeKey, type KeyRing } from '@posthorn/sealing';
import { failure, ok, warning, type Finding } from './finding.ts';

/** What is to be said of the keys given here, next to those that the fleet uses. */
export function judgeKeys(use: KeyUse, { currentId, keyById }: KeyRing): readonly Finding[] {
  const found: Finding[] = faultsOfKeys(use).map(({ says, remedy }) => failure('keys in use', says, remedy));
  for (const [id, key] of keyById) {
    const fault = judgeKey(key);
    if (fault !== null)
      found.push(
        warning(
          'guessable keys',
          `the key "${id}" ${fault}`,
          'rotate to a new one: posthorn secrets generate, and docs/operations/secrets.md',
        ),
      );
  }
  if (use.rings.some((ids) => !ids.includes(currentId)))
    found.push(
      warning(
        'keys of apps',
        `apps run that do not have the key "${currentId}", the first one here`,
        'give it to every app, behind the present first key; docs/operations/secrets.md has the steps',
      ),
    );
  else if (use.rings.some(([first]) => first !== currentId))
    found.push(
      warning(
        'keys of apps',
        `apps run that seal with another key than "${currentId}", the first one here`,
        'a roll-out is under way, or was left: make the same key the first one everywhere',
      ),
    );
  const former = use.keys.filter(({ here }) => here === 'behind').map(({ id }) => `"${id}"`);
  if (former.length > 0)
    found.push(
      warning(
        'former keys',
        `something may still be sealed with ${former.join(', ')}`,
        'once every app has the new key first: posthorn secrets rotate',
      ),
    );
  return found.length === 0 ? [ok('keys in use', `"${currentId}" seals, in every app`)] : found;
}
