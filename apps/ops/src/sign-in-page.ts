import { html, type Html } from './html.ts';
import { page } from './page.ts';

const focus: Html = { markup: 'autofocus' };

/** The page that asks who one is; `fault` says why the last try did not do. */
export function signInPage({ to, user, fault }: { to: string; user: string; fault: string | null }): string {
  return page({
    title: 'sign in',
    operator: null,
    body: html`<form class="sign-in" method="post" action="/sign-in">
      <h2>Sign in to ops</h2>
      ${fault === null ? '' : html`<p class="fault" role="alert">${fault}</p>`}
      <input type="hidden" name="to" value="${to}" />
      <label
        >User <input name="user" value="${user}" autocomplete="username" ${user === '' ? focus : ''} required
      /></label>
      <label
        >Password
        <input name="password" type="password" autocomplete="current-password" ${user === '' ? '' : focus} required
      /></label>
      <button>Sign in</button>
    </form>`,
  });
}
