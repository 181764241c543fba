import type { InboundContent, OptOutLanguage, OptOutWords } from '@posthorn/message';

/**
 * Whole messages, not parts of them. English: CTIA's list and Twilio's default keywords (read 2026-11), without CANCEL and END, which
 * answer other questions too; the others by the same measure. They stand in docs/opt-outs.md.
 */
const wordsByLanguage = {
  en: {
    stop: ['stop', 'stopall', 'stop all', 'unsubscribe', 'opt out', 'optout', 'stop promotions'],
    start: ['start', 'unstop', 'subscribe', 'opt in', 'optin', 'resume promotions'],
  },
  es: {
    stop: ['baja', 'darme de baja', 'alto', 'no molestar', 'cancelar suscripción', 'detener promociones'],
    start: ['alta', 'darme de alta', 'suscribir', 'suscribirme'],
  },
  pt: {
    stop: ['sair', 'parar', 'descadastrar', 'cancelar inscrição', 'parar promoções'],
    start: ['inscrever', 'voltar a receber'],
  },
  de: { stop: ['stopp', 'abmelden', 'abbestellen'], start: ['anmelden', 'abonnieren'] },
  fr: { stop: ['arrêt', 'arret', 'désabonner', 'se désabonner', 'desabonner'], start: ["s'abonner", 'reprendre'] },
  it: { stop: ['cancellami', 'disiscriviti', 'annulla iscrizione'], start: ['iscrivimi', 'iscriviti'] },
  nl: { stop: ['afmelden', 'uitschrijven'], start: ['aanmelden'] },
  id: { stop: ['berhenti', 'stop promosi'], start: ['mulai'] },
  ru: { stop: ['стоп', 'отписаться'], start: ['старт', 'подписаться'] },
  ar: { stop: ['توقف', 'إلغاء الاشتراك'], start: ['ابدأ', 'اشتراك'] },
  hi: { stop: ['रोकें'], start: ['शुरू'] },
} as const satisfies Record<OptOutLanguage, Required<Pick<OptOutWords, 'stop' | 'start'>>>;

const spoken = new Set(['text', 'button', 'interactive']);

/**
 * Whether a message says that its writer wants no marketing any more (`out`), or wants it again (`in`): exactly one of the words, whatever
 * its case, with or without marks and spaces around it. A sentence that holds one says nothing. `settings`: the narrowest first.
 */
export function readOptOut(
  { type, text }: InboundContent,
  settings: readonly (OptOutWords | null | undefined)[] = [],
): 'out' | 'in' | null {
  if (text === undefined || text.length > 200 || !spoken.has(type)) return null;
  const written = fold(text);
  if (optOutWordsOf('stop', settings).some((word) => fold(word) === written)) return 'out';
  if (optOutWordsOf('start', settings).some((word) => fold(word) === written)) return 'in';
  return null;
}

/** The words that count: of the first setting that has a list of its own, or chooses languages of ours; else all of ours. */
export function optOutWordsOf(
  what: 'stop' | 'start',
  settings: readonly (OptOutWords | null | undefined)[],
): readonly string[] {
  for (const setting of settings) {
    const own = setting?.[what];
    if (own !== undefined) return own;
    if (setting?.languages !== undefined)
      return setting.languages.flatMap((language) => wordsByLanguage[language][what]);
  }
  return Object.values(wordsByLanguage).flatMap((words) => words[what]);
}

/** Typed on phones: another case, another composition of the same letter, a full stop or quotes around it. */
function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}\p{M}]+$/gu, '')
    .replace(/\s+/gu, ' ')
    .normalize('NFC');
}
