import type { InboundContent } from '@posthorn/message';

/** What people write to get no marketing, or to get it again. A list replaces ours; an empty one: no word counts. */
export interface OptOutWords {
  readonly stop?: readonly string[] | undefined;
  readonly start?: readonly string[] | undefined;
}

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
} as const;
const stopWords: readonly string[] = Object.values(wordsByLanguage).flatMap(({ stop }) => stop);
const startWords: readonly string[] = Object.values(wordsByLanguage).flatMap(({ start }) => start);

const spoken = new Set(['text', 'button', 'interactive']);

/**
 * Whether a message says that its writer wants no marketing any more (`out`), or wants it again (`in`): exactly one of the words, whatever
 * its case, with or without marks and spaces around it. A sentence that holds one says nothing.
 */
export function readOptOut({ type, text }: InboundContent, words: OptOutWords = {}): 'out' | 'in' | null {
  if (text === undefined || text.length > 200 || !spoken.has(type)) return null;
  const written = fold(text);
  if ((words.stop ?? stopWords).some((word) => fold(word) === written)) return 'out';
  if ((words.start ?? startWords).some((word) => fold(word) === written)) return 'in';
  return null;
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
