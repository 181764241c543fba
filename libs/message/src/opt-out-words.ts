import { z } from 'zod';

/** Languages whose words we know; docs/opt-outs.md lists them. */
const optOutLanguageSchema = z.enum(['en', 'es', 'pt', 'de', 'fr', 'it', 'nl', 'id', 'ru', 'ar', 'hi']);
export type OptOutLanguage = z.infer<typeof optOutLanguageSchema>;

const words = z.array(z.string().trim().min(1).max(100)).max(200);

/** What people write to get no marketing, or to get it again. What is absent is as the next wider setting says. */
export const optOutWordsSchema = z.strictObject({
  languages: z
    .array(optOutLanguageSchema)
    .min(1)
    .optional()
    .meta({ description: 'Of our lists, those of these languages alone count.' }),
  stop: words.optional().meta({ description: 'In place of our list. Empty: no word opts out.' }),
  start: words.optional().meta({ description: 'In place of our list. Empty: no word opts in again.' }),
});
export type OptOutWords = Readonly<z.infer<typeof optOutWordsSchema>>;
