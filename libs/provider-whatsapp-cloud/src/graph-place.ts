/** Where a channel is in the Graph API, and with what it is reached. */
export interface GraphPlace {
  /** `<base>/<version>`. */
  readonly root: string;
  readonly phoneNumberId: string;
  readonly wabaId: string;
  readonly accessToken: string;
  readonly appSecretProof: string | undefined;
}

/** The address with the proof of the app secret: a call without a body has no other place for it. */
export function withProof(url: string, { appSecretProof }: Pick<GraphPlace, 'appSecretProof'>): string {
  if (appSecretProof === undefined) return url;
  return `${url}${url.includes('?') ? '&' : '?'}appsecret_proof=${appSecretProof}`;
}
